import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK, type JWTPayload } from 'jose'

/** A key of an issuer. */
export interface IssuerKey {
  kid: string
  alg: string
  privateKey: CryptoKey
  publicKey: CryptoKey
  jwk: JWK
}

/** An OpenID Connect issuer over HTTP on this machine. */
export interface FakeIssuer {
  url: string
  audience: string
  /** What it publishes now. */
  keys: IssuerKey[]
  /** Paths that were asked for. */
  asked: string[]
  /** Answers in place of the proper ones; null: the connection is cut. */
  instead: { status: number; headers?: Record<string, string>; body: string } | null | undefined
  /** A token with the claims over those of an hour's ordinary one, and headers over the key's. */
  sign: (claims?: JWTPayload, header?: Record<string, unknown>, key?: IssuerKey) => Promise<string>
  close: () => Promise<void>
}

/** Draws a key; it is published where it is put among the issuer's. */
export async function drawIssuerKey(kid: string, alg = 'ES256'): Promise<IssuerKey> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true })
  return { kid, alg, publicKey, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } }
}

/** Starts one; `now` is in milliseconds. */
export async function startIssuer(now: () => number = Date.now): Promise<FakeIssuer> {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    const { instead } = issuer
    const body =
      request.url === '/keys'
        ? { keys: issuer.keys.map(({ jwk }) => jwk) }
        : { issuer: issuer.url, jwks_uri: `${issuer.url}/keys` }
    const proper = { status: 200, body: JSON.stringify(body), headers: {} }
    if (instead === null) request.socket.destroy()
    else {
      const answer = instead ?? proper
      response.writeHead(answer.status, answer.headers).end(answer.body)
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const issuer: FakeIssuer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    audience: 'patchbay',
    keys: [await drawIssuerKey('first')],
    asked,
    instead: undefined,
    async sign(claims = {}, header = {}, key = issuer.keys[0]!) {
      const seconds = Math.floor(now() / 1000)
      const ordinary = {
        iss: issuer.url,
        aud: issuer.audience,
        sub: 'ada',
        email: 'ada@example.com',
        email_verified: true,
        name: 'Ada',
        iat: seconds,
        exp: seconds + 3600,
      }
      return await new SignJWT({ ...ordinary, ...claims })
        .setProtectedHeader({ alg: key.alg, kid: key.kid, typ: 'JWT', ...header })
        .sign(key.privateKey)
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return issuer
}
