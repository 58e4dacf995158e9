import { builder } from '../../graphql/builder.ts'
import { optionalIdOf } from '../../graphql/global-id.ts'
import { visibleEntries } from './policy.ts'
import { verifyAuditChain, type BrokenLink, type ChainVerification } from './verify-chain.ts'

const AuditLink = builder
  .objectRef<NonNullable<ChainVerification['sealedUpTo']>>('AuditChainLink')
  .implement({
    description:
      'A link of the hash chain: keep number and hash elsewhere, and you notice if the chain is cut off.',
    fields: (t) => ({
      number: t.exposeInt('number', { description: 'From 1, without gaps.' }),
      hash: t.exposeString('hash', {
        description: 'SHA-256, hex, over the former hash and the entry in canonical JSON (RFC 8785).',
      }),
      at: t.expose('at', { type: 'DateTime', description: 'When what its entry tells was done.' }),
    }),
  })

const AuditChainBreak = builder.objectRef<BrokenLink>('AuditChainBreak').implement({
  fields: (t) => ({
    number: t.exposeInt('number', {
      nullable: true,
      description: 'Of the link; null for an entry that has lost its seal.',
    }),
    entry: t.prismaField({
      type: 'AuditEntry',
      nullable: true,
      description: 'null where it is gone.',
      resolve: (query, { entryId }, _args, { app, actor }) => {
        const selection = { ...query }
        if (entryId === null) return null
        const where = { id: entryId, AND: [visibleEntries(actor)] }
        return app.database.prisma.auditEntry.findFirst({ ...selection, where })
      },
    }),
    entryId: t.string({
      nullable: true,
      description: 'The UUID of the entry, also where it is gone.',
      resolve: (link) => link.entryId,
    }),
    problem: t.exposeString('problem'),
  }),
})

const AuditChainVerification = builder.objectRef<ChainVerification>('AuditChainVerification').implement({
  fields: (t) => ({
    valid: t.boolean({ resolve: ({ firstBroken }) => firstBroken === null }),
    entries: t.exposeInt('entries', {
      description: 'Entries that are sealed and unchanged, up to the end or the first broken link.',
    }),
    sealedUpTo: t.field({ type: AuditLink, nullable: true, resolve: (result) => result.sealedUpTo }),
    unsealed: t.exposeInt('unsealed', {
      description: 'Entries that are not sealed yet: those of the last second.',
    }),
    firstBroken: t.field({ type: AuditChainBreak, nullable: true, resolve: (result) => result.firstBroken }),
  }),
})

builder.queryField('verifyAuditChain', (t) =>
  t.field({
    type: AuditChainVerification,
    description:
      "Makes the hash chain of an organization's audit log anew and names the first broken link. Needs ADMIN there.",
    args: { organizationId: t.arg.id({ description: "Left out: the platform's own entries." }) },
    // It reads a whole log: two in a request cost more than a request may.
    complexity: 12_000,
    resolve: async (_root, { organizationId }, { app, actor }) =>
      await verifyAuditChain(app, actor, optionalIdOf('Organization', organizationId) ?? null),
  }),
)
