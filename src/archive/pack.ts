import { gzipSync, Zip, ZipDeflate } from 'fflate'
import { packTar } from 'modern-tar'

/**
 * Packs files as a ZIP, deterministically: the same files give the same bytes on every machine (fflate deflates in
 * JavaScript, names are sorted, times and rights are fixed). Nothing is refused here; the reader decides.
 */
export function packZip(entries: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const chunks: Uint8Array[] = []
  // Streaming, because fflate's `zipSync` takes an object, and a file named `__proto__` would be lost.
  const zip = new Zip((error, chunk) => {
    if (error) throw error
    chunks.push(chunk)
  })
  for (const [path, bytes] of sorted(entries)) {
    const file = new ZipDeflate(path, { level: DEFLATE_LEVEL })
    // Local time, for that is what a ZIP holds: so the fields are the same in every time zone.
    file.mtime = new Date(1980, 0, 1)
    zip.add(file)
    file.push(bytes, true)
  }
  zip.end()
  return Buffer.concat(chunks)
}

/** Packs files as an MPK (gzip-compressed tar), deterministically as `packZip` does. */
export async function packMpk(entries: ReadonlyMap<string, Uint8Array>): Promise<Uint8Array> {
  const tar = await packTar(
    sorted(entries).map(([name, body]) => ({
      header: { name, size: body.length, type: 'file', mode: 0o644, uid: 0, gid: 0, mtime: new Date(0) },
      body,
    })),
  )
  const packed = gzipSync(tar, { level: DEFLATE_LEVEL, mtime: 0 })
  packed[GZIP_SYSTEM_BYTE] = 0
  return packed
}

const DEFLATE_LEVEL = 6
/** RFC 1952: the system that packed. */
const GZIP_SYSTEM_BYTE = 9

/** By the bytes of the name, whatever the language of the machine. */
function sorted(entries: ReadonlyMap<string, Uint8Array>): [string, Uint8Array][] {
  return [...entries].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
}
