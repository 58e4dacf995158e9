import { posix } from 'node:path'
import { MiB } from '../../lib/units.ts'

/** Bytes of one map: real ones hold the files that they tell of, too. */
const MAX_MAP_BYTES = 4 * MiB
/** Bytes of all maps of a package: they are kept with its code. */
const MAX_BYTES = 8 * MiB
/** Characters of the name of a map's file. */
const MAX_URL = 500

const MARK = '//# sourceMappingURL='
const INLINE = /^data:application\/json;(?:charset=utf-?8;)?base64,/i

/**
 * The source maps that modules name in their last line, as text by the module's path: a file of the archive beside the
 * module, or inline. One that is missing, too large or no text is left out.
 */
export function findSourceMaps(
  modules: ReadonlyMap<string, string>,
  files: ReadonlyMap<string, Uint8Array>,
): Map<string, string> {
  const maps = new Map<string, string>()
  let bytes = 0
  for (const [path, source] of modules) {
    const map = mapOf(path, source, files)
    if (map === undefined || map.byteLength > MAX_MAP_BYTES || bytes + map.byteLength > MAX_BYTES) continue
    bytes += map.byteLength
    maps.set(path, new TextDecoder().decode(map))
  }
  return maps
}

function mapOf(path: string, source: string, files: ReadonlyMap<string, Uint8Array>): Uint8Array | undefined {
  const at = source.lastIndexOf(MARK)
  if (at < 0) return undefined
  const url = source.slice(at + MARK.length).trimEnd()
  const inline = INLINE.exec(url)
  if (inline !== null) {
    const base64 = url.slice(inline[0].length)
    return base64.length > 2 * MAX_MAP_BYTES ? undefined : Buffer.from(base64, 'base64')
  }
  if (url.length > MAX_URL || /\s/.test(url)) return undefined
  return files.get(posix.join(posix.dirname(path), unescaped(url)))
}

function unescaped(url: string): string {
  try {
    return decodeURIComponent(url)
  } catch {
    return url
  }
}
