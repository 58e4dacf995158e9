import { builder } from '../../graphql/builder.ts'
import { approvedStatement, STATED } from '../signatures/approved-statement.ts'

const RegistrySignature = builder
  .objectRef<{ keyId: string; signature: string; statement: string }>('RegistrySignature')
  .implement({
    description:
      'What the registry vouches for since the package was approved. Anybody can verify it with the key of that id, published at /.well-known/patchbay-keys.json.',
    fields: (t) => ({
      keyId: t.exposeString('keyId'),
      algorithm: t.string({ resolve: () => 'Ed25519' }),
      signature: t.exposeString('signature', { description: 'Of the bytes of `statement`; base64.' }),
      statement: t.exposeString('statement', {
        description:
          'Canonical JSON (RFC 8785): plugin, version, digest of the archive, digest of the manifest in canonical form, granted permissions.',
      }),
    }),
  })

builder.prismaObjectField('Package', 'registrySignature', (t) =>
  t.field({
    type: RegistrySignature,
    nullable: true,
    description: 'null before it was approved.',
    select: {
      ...STATED,
      registrySignature: true,
      signingKey: { select: { keyId: true } },
    },
    resolve: (row) => {
      if (row.registrySignature === null || row.signingKey === null) return null
      const statement = approvedStatement(row)
      return {
        keyId: row.signingKey.keyId,
        signature: Buffer.from(row.registrySignature).toString('base64'),
        statement: Buffer.from(statement).toString('utf8'),
      }
    },
  }),
)
