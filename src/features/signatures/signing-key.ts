import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import type { App } from '../../app.ts'
import { newId } from '../../lib/ids.ts'
import { seal } from '../../platform/crypto.ts'
import { inTransaction, type Tx } from '../../platform/database.ts'
import { masterKeyInForce } from '../../platform/master-keys.ts'
import { SIGNING_KEYS } from '../../platform/sealed-columns.ts'
import { publisherKeyId, rawPublicKey } from '../../platform/signatures.ts'

/** A key pair with which the registry signs what it approved. */
export interface SigningKey {
  id: string
  /** Published as `kid`. */
  keyId: string
  privateKey: KeyObject
  publicKey: KeyObject
}

const opened = new WeakMap<App, Map<string, SigningKey>>()

/**
 * The key pair that signs now, made where there is none. `whenMade` runs in the transaction that makes the very first
 * one, and in no other: whoever starts at the same time waits for it.
 */
export async function currentSigningKey(
  app: App,
  whenMade: (tx: Tx, key: SigningKey) => Promise<void> = async () => undefined,
): Promise<SigningKey> {
  return (await newestKey(app)) ?? (await makeKey(app, whenMade))
}

/** The key pair of a package's signature, retired or not; throws where the row was not sealed by this service. */
export async function signingKeyById(app: App, id: string): Promise<SigningKey> {
  const known = opened.get(app)?.get(id)
  if (known !== undefined) return known
  const row = await app.database.prisma.signingKey.findUniqueOrThrow({ where: { id }, select: SELECT })
  return keep(app, row)
}

const SELECT = { id: true, keyId: true, sealedKey: true } as const

async function newestKey(app: App): Promise<SigningKey | null> {
  const row = await app.database.prisma.signingKey.findFirst({
    where: { retiredAt: null },
    orderBy: { id: 'desc' },
    select: SELECT,
  })
  return row === null ? null : (opened.get(app)?.get(row.id) ?? keep(app, row))
}

async function makeKey(app: App, whenMade: (tx: Tx, key: SigningKey) => Promise<void>): Promise<SigningKey> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const raw = rawPublicKey(publicKey)
  const key: SigningKey = { id: newId(), keyId: publisherKeyId(raw), privateKey, publicKey }
  const secret = Buffer.from(privateKey.export({ format: 'jwk' }).d!, 'base64url')
  const made = await inTransaction(app.database.prisma, async (tx) => {
    await tx.$queryRaw`select 1 as held from pg_advisory_xact_lock(hashtext('patchbay signing key'))`
    if ((await tx.signingKey.count({ where: { retiredAt: null } })) > 0) return false
    const first = (await tx.signingKey.count()) === 0
    const inForce = await masterKeyInForce(tx, app.masterKeys)
    await tx.signingKey.create({
      data: {
        id: key.id,
        keyId: key.keyId,
        publicKey: raw,
        sealedKey: seal(inForce.key, secret, SIGNING_KEYS.context(key.id)),
        createdAt: app.clock.now(),
      },
      select: { id: true },
    })
    if (first) await whenMade(tx, key)
    return true
  })
  return made ? key : (await newestKey(app))!
}

/** The public key is derived from the private one, which only this service can have sealed: the row's own is for readers. */
function keep(app: App, row: { id: string; keyId: string; sealedKey: Uint8Array }): SigningKey {
  const secret = app.masterKeys.open(row.sealedKey, SIGNING_KEYS.context(row.id))
  const privateKey = createPrivateKey({ key: pkcs8(secret), format: 'der', type: 'pkcs8' })
  const key = { id: row.id, keyId: row.keyId, privateKey, publicKey: createPublicKey(privateKey) }
  const keys = opened.get(app) ?? new Map<string, SigningKey>()
  opened.set(app, keys)
  keys.set(row.id, key)
  return key
}

/** An Ed25519 private key of 32 bytes in PKCS #8 (RFC 8410, 7). */
function pkcs8(secret: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), secret])
}
