import { builder } from '../../graphql/builder.ts'
import type { FileChange } from '../../inspection/compare-files.ts'
import { compareFiles, comparePackage, type PackageChanges } from './compare-package.ts'
import { RiskLevelEnum } from './enums.ts'
import type { ChangedNames } from './manifest-changes.ts'
import { canPublish, canReview } from './policy.ts'

const ChangedNamesType = builder.objectRef<ChangedNames>('ChangedNames').implement({
  description: 'Names that only one of two versions has.',
  fields: (t) => ({ added: t.exposeStringList('added'), removed: t.exposeStringList('removed') }),
})

const FileChangeKind = builder.enumType('FileChangeKind', {
  values: ['ADDED', 'REMOVED', 'CHANGED'] as const,
})

const FileChangeType = builder.objectRef<FileChange>('FileChange').implement({
  fields: (t) => ({
    path: t.exposeString('path'),
    change: t.field({ type: FileChangeKind, resolve: ({ change }) => change }),
    sizeBefore: t.int({
      nullable: true,
      description: 'Bytes; null where there is no such file.',
      resolve: ({ sizeBefore }) => sizeBefore,
    }),
    sizeAfter: t.int({ nullable: true, resolve: ({ sizeAfter }) => sizeAfter }),
    diff: t.string({
      nullable: true,
      description: 'Unified diff; null for what is no text, or too large or too different for one.',
      resolve: ({ diff }) => diff,
    }),
  }),
})

const PackageChangesType = builder.objectRef<PackageChanges>('PackageChanges').implement({
  description: 'What a version changes, against the highest version below it that was approved.',
  fields: (t) => ({
    comparedTo: t.prismaField({
      type: 'Package',
      nullable: true,
      description: 'The version before; null where there is none, and everything is new.',
      resolve: (query, { comparedToId }, _args, { app }) => {
        const selection = { ...query }
        if (comparedToId === null) return null
        return app.database.prisma.package.findUnique({ ...selection, where: { id: comparedToId } })
      },
    }),
    risk: t.field({ type: RiskLevelEnum, resolve: ({ risk }) => risk }),
    riskBefore: t.field({ type: RiskLevelEnum, nullable: true, resolve: ({ riskBefore }) => riskBefore }),
    permissions: t.field({ type: ChangedNamesType, resolve: ({ permissions }) => permissions }),
    hosts: t.field({ type: ChangedNamesType, resolve: ({ hosts }) => hosts }),
    routes: t.field({ type: ChangedNamesType, resolve: ({ routes }) => routes }),
    jobs: t.field({ type: ChangedNamesType, resolve: ({ jobs }) => jobs }),
    secrets: t.field({ type: ChangedNamesType, resolve: ({ secrets }) => secrets }),
    files: t.field({
      type: [FileChangeType],
      nullable: true,
      complexity: 50,
      description: 'Files that are not the same, by path; null where comparing them took too long.',
      resolve: (changes, _args, { app }) => compareFiles(app, changes),
    }),
  }),
})

builder.prismaObjectField('Package', 'changes', (t) =>
  t.field({
    type: PackageChangesType,
    nullable: true,
    complexity: 20,
    description: 'For who reviews or publishes the package; null for others.',
    select: {
      id: true,
      plugin: { select: { ownerId: true } },
      registry: { select: { type: true, organizationId: true } },
    },
    resolve: async ({ id, plugin, registry }, _args, { app, actor }) => {
      if (!canReview(actor, registry) && !canPublish(actor, plugin.ownerId, registry)) return null
      return await comparePackage(app, actor, id)
    },
  }),
)
