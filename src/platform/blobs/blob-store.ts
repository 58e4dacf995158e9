import { digestOfBytes } from '../../lib/digest-of-bytes.ts'

/** Where archives lie, by their SHA-256 under two levels of prefixes: `ab/cd/abcd…`. */
export interface BlobStore {
  readonly kind: 'file' | 's3' | 'azure'
  /** For people, without credentials or paths of the machine: `file`, `s3://bucket/prefix`, `azure://container/prefix`. */
  readonly location: string
  /**
   * Keeps the bytes under their digest, durably and whole or not at all; twice is once. Returns the digest, hex.
   *
   * @throws {BlobStoreUnavailable} nothing was kept, or all of it was, and the next try works
   */
  put(bytes: Uint8Array): Promise<string>
  /**
   * The bytes of a digest, verified.
   *
   * @throws {BlobError} where they are missing or not what was stored
   * @throws {BlobStoreUnavailable}
   */
  get(digest: string): Promise<Uint8Array>
  /** Deleting what is not there is no error. */
  delete(digest: string): Promise<void>
  /** Everything that is kept, page by page, in no order that one could rely on. */
  list(): AsyncIterable<StoredBlob>
  /** Proves that the store can be written now. */
  probe(): Promise<void>
  /** Removes what broken-off writes have left since before that time. Returns how many they were. */
  removeLeftovers(before: Date): Promise<number>
  /**
   * Enters `owner` as who deletes here, where nobody has been entered yet. Returns who is entered: two services that are
   * given one store by mistake would each delete what only the other refers to.
   */
  claim(owner: string): Promise<string>
  /** Lets go of its connections, also of those that are in use. */
  close(): Promise<void>
}

/** An archive in a store, as a list has it. */
export interface StoredBlob {
  digest: string
  /** When it was stored. */
  modifiedAt: Date
  /** Bytes. */
  size: number
}

/** A blob is missing, or its bytes are not those that its digest names. */
export class BlobError extends Error {
  override readonly name = 'BlobError'
}

/** The store does not do what it is asked now. Its message is for operators: what happened, where, and what to do. */
export class BlobStoreUnavailable extends Error {
  override readonly name = 'BlobStoreUnavailable'
  /** The same for callers: it tells nothing of the store. */
  readonly told = 'The store of the archives does not answer now, so nothing was changed. Try again later.'

  constructor(location: string, what: string, remedy: string) {
    super(`The blob store ${location} ${what}. ${remedy}`)
  }
}

/** The path of a digest below the root of a store. Throws BlobError where it is no digest. */
export function pathOfDigest(digest: string): string {
  if (!/^[0-9a-f]{64}$/.test(digest)) throw new BlobError('A digest is 64 lower-case hex digits.')
  return `${digest.slice(0, 2)}/${digest.slice(2, 4)}/${digest}`
}

/** The digest of such a path; null for whatever else lies in a store. */
export function digestOfPath(path: string): string | null {
  const digest = path.slice(path.lastIndexOf('/') + 1)
  return /^[0-9a-f]{64}$/.test(digest) && path === pathOfDigest(digest) ? digest : null
}

/** The bytes, after they were held against the digest; null is what a store has not found. Throws BlobError. */
export async function verified(digest: string, bytes: Uint8Array | null): Promise<Uint8Array> {
  if (bytes === null) throw new BlobError(`The archive ${digest} is not in the blob store.`)
  if ((await digestOfBytes(bytes)) !== digest) {
    throw new BlobError(`The archive ${digest} was changed in the blob store: its SHA-256 is another.`)
  }
  return bytes
}
