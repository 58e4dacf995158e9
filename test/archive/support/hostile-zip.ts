import { crc32, deflateRawSync } from 'node:zlib'

/** Fields of a local or central header; what is not given tells the truth. */
export interface HeaderLies {
  name?: string | Buffer
  flags?: number
  method?: number
  crc?: number
  packedBytes?: number
  unpackedBytes?: number
  extra?: Buffer
}

export interface ZipPart {
  name: string | Buffer
  data?: Buffer
  /** 0 stored, 8 deflated. */
  method?: number
  flags?: number
  /** Stands where the packed data would. */
  packed?: Buffer
  /** Stands before the local header. */
  before?: Buffer
  descriptor?: 'signed' | 'plain' | Buffer
  local?: HeaderLies
  central?: HeaderLies & { attributes?: number; comment?: Buffer; offset?: number; disk?: number }
}

export interface ZipLies {
  beforeDirectory?: Buffer
  afterDirectory?: Buffer
  afterEnd?: Buffer
  comment?: Buffer
  entries?: number
  entriesHere?: number
  disk?: number
  directoryDisk?: number
  directoryBytes?: number
  directoryOffset?: number
}

const FLAG_DESCRIPTOR = 8

/** A ZIP in which any field may lie. */
export function buildZip(parts: ZipPart[], lies: ZipLies = {}): Buffer {
  const chunks: Buffer[] = []
  const directory: Buffer[] = []
  let length = 0
  const push = (chunk: Buffer): void => {
    chunks.push(chunk)
    length += chunk.length
  }
  for (const part of parts) {
    push(part.before ?? Buffer.alloc(0))
    const truth = trueHeader(part)
    const offset = length
    push(
      localHeader({
        ...truth,
        ...(part.descriptor ? { crc: 0, packedBytes: 0, unpackedBytes: 0 } : {}),
        ...part.local,
      }),
    )
    push(truth.packed)
    push(descriptor(part.descriptor, truth))
    directory.push(centralHeader({ ...truth, offset, ...part.central }))
  }
  push(lies.beforeDirectory ?? Buffer.alloc(0))
  const directoryOffset = length
  for (const header of directory) push(header)
  const directoryBytes = length - directoryOffset
  push(lies.afterDirectory ?? Buffer.alloc(0))
  push(endRecord({ entries: parts.length, directoryOffset, directoryBytes, ...lies }))
  push(lies.afterEnd ?? Buffer.alloc(0))
  return Buffer.concat(chunks)
}

/** An extra field of that id. */
export function extraField(id: number, data: Buffer): Buffer {
  return Buffer.concat([fields([2, id], [2, data.length]), data])
}

interface Truth extends Required<HeaderLies> {
  packed: Buffer
}

const crcs = new WeakMap<Buffer, number>()

/** Bombs hold the same buffer a thousand times. */
function crcOf(data: Buffer): number {
  const crc = crcs.get(data) ?? crc32(data)
  crcs.set(data, crc)
  return crc
}

function trueHeader(part: ZipPart): Truth {
  const data = part.data ?? Buffer.alloc(0)
  const method = part.method ?? 0
  const packed = part.packed ?? (method === 8 ? deflateRawSync(data) : data)
  return {
    name: part.name,
    flags: part.flags ?? (part.descriptor ? FLAG_DESCRIPTOR : 0),
    method,
    crc: crcOf(data),
    packedBytes: packed.length,
    unpackedBytes: data.length,
    extra: Buffer.alloc(0),
    packed,
  }
}

function localHeader(header: Required<HeaderLies>): Buffer {
  const name = Buffer.from(header.name)
  const { flags, method, crc, packedBytes, unpackedBytes, extra } = header
  const start = fields([4, 0x04034b50], [2, 20], [2, flags], [2, method], [4, 0x00210000], [4, crc])
  return Buffer.concat([
    start,
    fields([4, packedBytes], [4, unpackedBytes], [2, name.length], [2, extra.length]),
    name,
    extra,
  ])
}

function centralHeader(
  header: Required<HeaderLies> & { offset: number; attributes?: number; comment?: Buffer; disk?: number },
): Buffer {
  const name = Buffer.from(header.name)
  const { flags, method, crc, packedBytes, unpackedBytes, extra, offset, attributes = 0, disk = 0 } = header
  const comment = header.comment ?? Buffer.alloc(0)
  return Buffer.concat([
    fields([4, 0x02014b50], [2, 0x031e], [2, 20], [2, flags], [2, method], [4, 0x00210000], [4, crc]),
    fields(
      [4, packedBytes],
      [4, unpackedBytes],
      [2, name.length],
      [2, extra.length],
      [2, comment.length],
      [2, disk],
    ),
    fields([2, 0], [4, attributes], [4, offset]),
    name,
    extra,
    comment,
  ])
}

function descriptor(kind: ZipPart['descriptor'], truth: Truth): Buffer {
  if (kind === undefined) return Buffer.alloc(0)
  if (Buffer.isBuffer(kind)) return kind
  const values = fields([4, truth.crc], [4, truth.packedBytes], [4, truth.unpackedBytes])
  return kind === 'plain' ? values : Buffer.concat([fields([4, 0x08074b50]), values])
}

function endRecord(
  end: ZipLies & { entries: number; directoryOffset: number; directoryBytes: number },
): Buffer {
  const comment = end.comment ?? Buffer.alloc(0)
  const start = fields(
    [4, 0x06054b50],
    [2, end.disk ?? 0],
    [2, end.directoryDisk ?? 0],
    [2, end.entriesHere ?? end.entries],
    [2, end.entries],
  )
  return Buffer.concat([
    start,
    fields([4, end.directoryBytes], [4, end.directoryOffset], [2, comment.length]),
    comment,
  ])
}

/** Little-endian numbers of two or four bytes. */
function fields(...values: [bytes: 2 | 4, value: number][]): Buffer {
  return Buffer.concat(
    values.map(([bytes, value]) => {
      const field = Buffer.alloc(bytes)
      field.writeUIntLE(value, 0, bytes)
      return field
    }),
  )
}
