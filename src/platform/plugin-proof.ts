import { createHmac } from 'node:crypto'

/** The key under which the host proves to the database for which organization it asks; it follows from the master key. */
export function proofKey(masterKey: Uint8Array): Buffer {
  return createHmac('sha256', masterKey).update('patchbay plugin database proof').digest()
}

/** SHA-256 works on blocks of that many bytes (FIPS 180-4). */
const BLOCK_BYTES = 64

/** The two forms of the key that HMAC needs (RFC 2104): PostgreSQL has SHA-256 built in, and HMAC only as an extension. */
export function hmacPads(key: Uint8Array): { inner: Buffer; outer: Buffer } {
  const block = Buffer.alloc(BLOCK_BYTES)
  block.set(key)
  return {
    inner: block.map((byte) => byte ^ 0x36) as Buffer,
    outer: block.map((byte) => byte ^ 0x5c) as Buffer,
  }
}

/** Where a proof is good, as the session itself says. */
export interface ProofPlace {
  /** `pg_backend_pid()` */
  pid: number
  /** `extract(epoch from transaction_timestamp())`, as text. */
  epoch: string
}

/**
 * The value of `patchbay.proof` by which row-level security shows that organization's rows: in this session's present
 * transaction only, and for so long from its beginning.
 */
export function organizationProof(
  key: Uint8Array,
  organizationId: string,
  lifetimeMs: number,
  { pid, epoch }: ProofPlace,
): string {
  const told = `${organizationId}.${lifetimeMs}`
  return `${told}.${createHmac('sha256', key).update(`${told}.${pid}.${epoch}`).digest('hex')}`
}
