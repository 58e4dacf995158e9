import { SignJWT } from 'jose'
import type { App } from '../../app.ts'
import type { License } from '../../generated/prisma/client.ts'
import { encodeGlobalId } from '../../graphql/global-id.ts'
import { CERTIFICATE_ALGORITHM, CERTIFICATE_TYPE } from '../../platform/license-certificate.ts'
import type { SigningKey } from '../signatures/signing-key.ts'

/** What a certificate says, of a row of `license`. */
export type Certified = Pick<
  License,
  | 'id'
  | 'organizationId'
  | 'siteId'
  | 'type'
  | 'status'
  | 'maxInstallations'
  | 'startsAt'
  | 'expiresAt'
  | 'endsAt'
  | 'entitlements'
  | 'serial'
>

/**
 * The token with which a site checks its licence with no connection: a JWT (RFC 7519) signed with the registry's Ed25519
 * key. It ends (`exp`) with the grace period; without one it never ends. The key itself is not in it.
 */
export async function signCertificate(
  app: App,
  key: SigningKey,
  pluginSlug: string,
  license: Certified,
): Promise<string> {
  const { organizationId, siteId, startsAt, expiresAt, endsAt } = license
  const token = new SignJWT({
    plugin: pluginSlug,
    organization: organizationId === null ? null : encodeGlobalId('Organization', organizationId),
    site: siteId === null ? null : encodeGlobalId('Site', siteId),
    type: license.type,
    // A state that a job writes after the time has come says no more than the times themselves.
    status: license.status === 'EXPIRED' ? 'ACTIVE' : license.status,
    maxInstallations: license.maxInstallations,
    entitlements: license.entitlements,
    expiresAt: expiresAt?.toISOString() ?? null,
    serial: license.serial,
  })
    .setProtectedHeader({ alg: CERTIFICATE_ALGORITHM, typ: CERTIFICATE_TYPE, kid: key.keyId })
    .setIssuer(app.config.publicUrl ?? 'patchbay')
    .setSubject(encodeGlobalId('License', license.id))
    .setIssuedAt(app.clock.now())
    .setNotBefore(startsAt)
  if (endsAt !== null) token.setExpirationTime(endsAt)
  return await token.sign(key.privateKey)
}
