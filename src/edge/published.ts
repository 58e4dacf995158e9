import type { ServerResponse } from 'node:http'
import type { App } from '../app.ts'
import { manifestJsonSchema } from '../archive/manifest-json-schema.ts'
import { sendJson } from './respond.ts'

/** What everybody may read without a key, by its path. */
const PUBLISHED: Readonly<Record<string, (app: App) => Promise<unknown>>> = {
  '/schemas/manifest.json': async () => manifestJsonSchema,
  '/.well-known/patchbay-keys.json': registryKeys,
}

/** Answers the documents that clients check by: the manifest's schema, and the registry's keys. False: it is none of them. */
export async function servePublished(
  app: App,
  method: string | undefined,
  path: string,
  response: ServerResponse,
): Promise<boolean> {
  const read = Object.hasOwn(PUBLISHED, path) ? PUBLISHED[path] : undefined
  if (read === undefined || (method !== 'GET' && method !== 'HEAD')) return false
  response.setHeader('access-control-allow-origin', '*')
  response.setHeader('cache-control', 'public, max-age=300')
  sendJson(response, 200, await read(app))
  return true
}

/** The registry's public keys as a JWK Set (RFC 7517, 8037); a retired one still verifies what it signed. */
async function registryKeys(app: App): Promise<unknown> {
  const keys = await app.database.prisma.signingKey.findMany({
    orderBy: { id: 'desc' },
    select: { keyId: true, publicKey: true, createdAt: true, retiredAt: true },
  })
  return {
    keys: keys.map(({ keyId, publicKey, createdAt, retiredAt }) => ({
      kty: 'OKP',
      crv: 'Ed25519',
      alg: 'EdDSA',
      use: 'sig',
      kid: keyId,
      x: Buffer.from(publicKey).toString('base64url'),
      createdAt: createdAt.toISOString(),
      retiredAt: retiredAt?.toISOString() ?? null,
    })),
  }
}
