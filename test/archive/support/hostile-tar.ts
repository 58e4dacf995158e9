import { gzipSync } from 'node:zlib'

export interface TarPart {
  name: string | Buffer
  data?: Buffer
  type?: string
  mode?: number
  linkName?: string
  prefix?: string
  /** Field of 12 bytes, as it stands. */
  size?: string
  /** Magic and version, 8 bytes. */
  magic?: string
  /** Field of 8 bytes, as it stands. */
  userId?: string
  /** Wrong by that much. */
  checksumError?: number
  /** Fills the last block of the body. */
  padding?: number
}

const BLOCK_BYTES = 512

/** A tar in which any field may lie, with its end marker. */
export function buildTar(parts: TarPart[], end: Buffer = Buffer.alloc(2 * BLOCK_BYTES)): Buffer {
  return Buffer.concat([...parts.flatMap((part) => [header(part), body(part)]), end])
}

/** The same packed as MPK. */
export function buildMpk(parts: TarPart[], end?: Buffer): Buffer {
  return gzipSync(buildTar(parts, end))
}

/** A PAX block for the entry after it; each value as it is to stand behind `key=`. */
export function paxBlock(records: [key: string, value: string][], type = 'x'): TarPart {
  return {
    name: 'PaxHeader/x',
    type,
    data: Buffer.from(records.map(([key, value]) => paxRecord(key, value)).join('')),
  }
}

export function paxRecord(key: string, value: string): string {
  const rest = Buffer.byteLength(` ${key}=${value}\n`)
  let length = rest
  while (length !== rest + String(length).length) length = rest + String(length).length
  return `${length} ${key}=${value}\n`
}

function header(part: TarPart): Buffer {
  const block = Buffer.alloc(BLOCK_BYTES)
  Buffer.from(part.name).copy(block, 0, 0, 100)
  block.write((part.mode ?? 0o644).toString(8).padStart(7, '0'), 100)
  block.write(part.userId ?? '0000000', 108, 8, 'latin1')
  block.write('0000000', 116)
  block.write(part.size ?? (part.data?.length ?? 0).toString(8).padStart(11, '0'), 124, 12, 'latin1')
  block.write('00000000000', 136)
  block.write(part.type ?? '0', 156)
  block.write(part.linkName ?? '', 157)
  block.write(part.magic ?? 'ustar\u000000', 257, 'latin1')
  block.write(part.prefix ?? '', 345)
  return writeChecksum(block, part.checksumError)
}

/** Makes the checksum of a header block right again, or wrong by `error`. */
export function writeChecksum(block: Buffer, error = 0): Buffer {
  block.fill(' ', 148, 156)
  const sum = block.reduce((total, byte) => total + byte, 0) + error
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return block
}

function body({ data = Buffer.alloc(0), padding = 0 }: TarPart): Buffer {
  return Buffer.concat([data, Buffer.alloc(-data.length & (BLOCK_BYTES - 1), padding)])
}
