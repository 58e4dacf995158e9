import { createHash, createHmac } from 'node:crypto'
import canonicalize from 'canonicalize'
import { isFile } from '../scalars.ts'

/**
 * HMAC-SHA-256 of an input in canonical JSON (RFC 8785): the order of its fields says nothing, a file counts by its digest
 * and a time by its instant. A field that is null is another input than one that is left out, as GraphQL has it. Under a
 * key, since an input may hold a short secret, which could be guessed from a plain hash.
 */
export async function inputHash(key: Uint8Array, input: object): Promise<Uint8Array<ArrayBuffer>> {
  const { idempotencyKey: _key, ...rest } = input as Record<string, unknown>
  const text = canonicalize(await hashable(rest)) ?? ''
  return new Uint8Array(createHmac('sha256', key).update('patchbay input\0').update(text).digest())
}

async function hashable(value: unknown): Promise<unknown> {
  if (isFile(value)) return { file: await digestOf(value) }
  if (value instanceof Date) return value.toISOString()
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return await Promise.all(value.map(hashable))
  const entries = Object.entries(value).filter(([, entry]) => entry !== undefined)
  return Object.fromEntries(
    await Promise.all(entries.map(async ([key, entry]) => [key, await hashable(entry)])),
  )
}

/** Read in pieces: the bytes lie in memory already, once. */
async function digestOf(file: File): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of file.stream()) hash.update(chunk)
  return hash.digest('hex')
}
