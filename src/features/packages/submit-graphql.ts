import type { PackageReport } from '../../archive/check-package.ts'
import { optionalIdOf } from '../../graphql/global-id.ts'
import { mutation, mutationInput } from '../../graphql/mutation.ts'
import { entityField, payloadType, type PayloadBase } from '../../graphql/payload.ts'
import { ValidationReport } from './report.ts'
import { submitPackage } from './submit-package.ts'

interface SubmitPayload extends PayloadBase {
  packageId?: string
  report?: PackageReport
}

const SubmitPackagePayload = payloadType<SubmitPayload>('SubmitPackagePayload', (t) => ({
  package: entityField(t, 'Package', 'package', (payload) => payload.packageId),
  validation: t.field({
    type: ValidationReport,
    nullable: true,
    resolve: (payload) => payload.report ?? null,
  }),
}))

mutation('submitPackage', {
  description:
    'Submits a plugin archive (ZIP or .mpk). Refused ones leave nothing behind; the report says why.',
  input: mutationInput('SubmitPackageInput', {
    fields: (t) => ({
      registryId: t.id({ description: "Left out: the platform's ENTERPRISE registry." }),
      file: t.field({ type: 'File', description: 'The bytes, as a part of a multipart request.' }),
      packageUrl: t.string({
        description:
          'Instead of `file`: an address from which the server fetches them through its egress guard (checksum is then required).',
      }),
      checksum: t.string({
        description: 'SHA-256 hex that the sender computed; a mismatch refuses the upload.',
      }),
      signature: t.string({
        description: "Detached Ed25519 signature of the archive's SHA-256 (its 32 bytes), base64.",
      }),
      keyId: t.string({ description: 'The registered publisher key that the signature is by.' }),
      changelog: t.string(),
    }),
  }),
  payload: SubmitPackagePayload,
  run: async (input, { app, actor }) =>
    await submitPackage(app, actor, {
      registryId: optionalIdOf('Registry', input.registryId),
      bytes: input.file ? new Uint8Array(await input.file.arrayBuffer()) : undefined,
      packageUrl: input.packageUrl ?? undefined,
      checksum: input.checksum ?? undefined,
      signature: input.signature ?? undefined,
      keyId: input.keyId ?? undefined,
      changelog: input.changelog ?? undefined,
    }),
})
