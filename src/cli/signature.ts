import { createPrivateKey, type KeyObject } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { z } from 'zod'
import { KiB } from '../lib/units.ts'
import { parseSignature, publisherKeyId, rawPublicKey, signDigest } from '../platform/signatures.ts'
import type { Console } from './console.ts'
import { usageError } from './exit.ts'
import { readNamed } from './files.ts'

const schema = z.object({
  keyId: z.string().regex(/^[0-9a-f]{16}$/),
  algorithm: z.literal('Ed25519'),
  digest: z.string().regex(/^[0-9a-f]{64}$/),
  signature: z.string().refine((text) => parseSignature(text) !== null),
})

/** A detached signature, as `patchbay sign` writes it. */
export type SignatureFile = z.infer<typeof schema>

/** Keys and signatures have a few hundred bytes. */
const MAX_BYTES = 64 * KiB
/** Bits of a file's mode that let others than its owner in. */
const OTHERS = 0o077

/** Signs a digest (SHA-256, hex) with the private key in a file; told where others can read that file. */
export async function signWith(keyFile: string, digest: string, console: Console): Promise<SignatureFile> {
  const key = privateKeyIn(await readNamed(keyFile, MAX_BYTES), keyFile)
  const { mode } = await stat(keyFile)
  if (process.platform !== 'win32' && (mode & OTHERS) !== 0) {
    console.note(`patchbay: others can read ${keyFile}, and sign in your name: chmod 600 ${keyFile}`)
  }
  return {
    keyId: publisherKeyId(rawPublicKey(key)),
    algorithm: 'Ed25519',
    digest,
    signature: signDigest(key, digest),
  }
}

/** Reads a signature, which must be of that digest. */
export async function readSignature(file: string, digest: string): Promise<SignatureFile> {
  const parsed = schema.safeParse(parse((await readNamed(file, MAX_BYTES)).toString('utf8')))
  if (!parsed.success) throw usageError(`${file} is no signature: patchbay sign writes them.`)
  if (parsed.data.digest !== digest) {
    throw usageError(
      `${file} is of another archive (SHA-256 ${parsed.data.digest}, not ${digest}): sign this one, as it is sent.`,
    )
  }
  return parsed.data
}

function privateKeyIn(pem: Buffer, file: string): KeyObject {
  try {
    const key = createPrivateKey(pem)
    if (key.asymmetricKeyType === 'ed25519') return key
  } catch (error) {
    throw usageError(`${file} holds no private key that can be read: patchbay keygen makes one.`, {
      cause: error,
    })
  }
  throw usageError(`${file} holds a key of another kind, not Ed25519: patchbay keygen makes one.`)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The schema refuses it.
    return undefined
  }
}
