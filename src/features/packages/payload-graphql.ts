import { entityField, payloadType, type PayloadBase } from '../../graphql/payload.ts'

/** What a decision about a package answers. */
export const PackagePayload = payloadType<PayloadBase & { packageId?: string }>('PackagePayload', (t) => ({
  package: entityField(t, 'Package', 'package', (payload) => payload.packageId),
}))
