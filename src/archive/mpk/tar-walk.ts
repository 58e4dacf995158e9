import { ArchiveRefused } from '../archive-checks.ts'
import type { CheckLog } from '../check-log.ts'
import type { EntryNames } from '../entry-names.ts'
import type { EntrySizes } from '../entry-sizes.ts'
import { MAX_PAX_BYTES, MAX_TAR_PADDING_BYTES } from '../limits.ts'
import { quote } from '../quote.ts'
import { checkMode, refuseType, type SpecialKind } from '../unix-mode.ts'
import { type PaxRecords, readPax } from './pax.ts'
import { readTarHeader, type TarHeader } from './tar-header.ts'

/** What the walk saw, in order: what a second reader must see as well. */
export interface TarEntry {
  /** As the tar has it. */
  name: string
  isFolder: boolean
  bytes: number
}

const BLOCK_BYTES = 512
const SPECIAL_TYPES = new Map<string, SpecialKind>([
  ['1', 'hardlink'],
  ['2', 'symlink'],
  ['3', 'device'],
  ['4', 'device'],
  ['6', 'fifo'],
])
const GNU_TYPES = 'DKLMNSV'

/**
 * Walks the structure of a tar that comes in pieces of any size, keeping nothing of the contents. `push` the pieces,
 * then `end`; both throw ArchiveRefused where it cannot be followed any further.
 */
export class TarWalk {
  /** Of a tar with errors they are not all there: 2,000 names of 16 KiB would be 64 MiB of text. */
  readonly entries: TarEntry[] = []
  readonly #log: CheckLog
  readonly #names: EntryNames
  readonly #sizes: EntrySizes
  /** Begun block, or PAX block as far as it has come. */
  readonly #held = Buffer.alloc(MAX_PAX_BYTES + BLOCK_BYTES)
  #heldBytes = 0
  #wantedBytes = BLOCK_BYTES
  #paxBytes: number | null = null
  #pax: PaxRecords | null = null
  #bodyBytes = 0
  #paddingBytes = 0
  #zeroBlocks = 0
  #hasBegun = false
  #hasFiles = false

  constructor(log: CheckLog, names: EntryNames, sizes: EntrySizes) {
    this.#log = log
    this.#names = names
    this.#sizes = sizes
  }

  push(chunk: Buffer): void {
    let rest = chunk
    while (rest.length > 0) {
      if (this.#bodyBytes > 0) {
        const taken = Math.min(this.#bodyBytes, rest.length)
        this.#bodyBytes -= taken
        rest = rest.subarray(taken)
      } else if (this.#paddingBytes > 0) {
        const padding = rest.subarray(0, this.#paddingBytes)
        if (!isZero(padding)) throw new ArchiveRefused('archive.hidden-data', HIDDEN)
        this.#paddingBytes -= padding.length
        rest = rest.subarray(padding.length)
      } else {
        const taken = rest.copy(this.#held, this.#heldBytes, 0, this.#wantedBytes - this.#heldBytes)
        this.#heldBytes += taken
        rest = rest.subarray(taken)
        if (this.#heldBytes === this.#wantedBytes) this.#takeHeld(this.#held.subarray(0, this.#wantedBytes))
      }
    }
  }

  end(): void {
    if (this.#zeroBlocks < 2 || this.#heldBytes > 0) {
      throw new ArchiveRefused(
        'archive.truncated',
        'The tar has no end marker: it is cut off. Upload the whole file.',
      )
    }
    if (!this.#hasFiles) {
      throw new ArchiveRefused(
        'archive.empty',
        'The tar has no files. Pack the plugin with its manifest.json.',
      )
    }
  }

  #takeHeld(block: Buffer): void {
    this.#heldBytes = 0
    if (this.#paxBytes !== null) {
      this.#pax = readPax(block.subarray(0, this.#paxBytes), this.#log)
      if (!isZero(block.subarray(this.#paxBytes))) throw new ArchiveRefused('archive.hidden-data', HIDDEN)
      this.#paxBytes = null
      this.#wantedBytes = BLOCK_BYTES
    } else if (isZero(block)) this.#takeZeroBlock()
    else if (this.#zeroBlocks === 1) throw new ArchiveRefused('archive.hidden-data', HIDDEN)
    else if (this.#zeroBlocks > 1) throw new ArchiveRefused('archive.trailing-data', TRAILING)
    else this.#takeHeader(readTarHeader(block))
  }

  #takeZeroBlock(): void {
    if (this.#pax)
      throw new ArchiveRefused('archive.tar.pax', 'A PAX block belongs to no entry. Pack the MPK anew.')
    this.#zeroBlocks += 1
    if (this.#zeroBlocks * BLOCK_BYTES > 2 * BLOCK_BYTES + MAX_TAR_PADDING_BYTES) {
      throw new ArchiveRefused('archive.trailing-data', TRAILING)
    }
  }

  #takeHeader(header: TarHeader): void {
    const { type, size } = header
    if (type === 'g') {
      const message =
        'The tar has a global PAX header (git archive writes one). Pack the files with tar --format=posix.'
      throw new ArchiveRefused('archive.tar.global-header', message)
    }
    if (GNU_TYPES.includes(type)) {
      const message = 'The tar uses features of the GNU format. Pack it with --format=posix.'
      throw new ArchiveRefused('archive.tar.gnu', message)
    }
    if (type === 'x') return this.#expectPax(size)
    this.#takeEntry(header)
  }

  #expectPax(size: number): void {
    if (this.#pax || size === 0 || size > MAX_PAX_BYTES) {
      const message = `A PAX block is empty, doubled, or longer than ${MAX_PAX_BYTES} bytes. Pack the MPK anew.`
      throw new ArchiveRefused('archive.tar.pax', message)
    }
    this.#paxBytes = size
    this.#wantedBytes = Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES
  }

  #takeEntry({ name: shortName, type, mode, size, linkName }: TarHeader): void {
    const name = this.#pax?.path ?? shortName
    if (this.#pax?.size !== undefined && this.#pax.size !== String(size)) {
      const message = `The tar gives two sizes for ${quote(name)}. Pack the MPK anew.`
      throw new ArchiveRefused('archive.tar.pax', message, name)
    }
    this.#pax = null
    const isFolder = type === '5'
    const special = SPECIAL_TYPES.get(type)
    if (special !== undefined) refuseType(this.#log, special, name)
    else if (!isFolder && type !== '0') refuseType(this.#log, 'other', name)
    else if (linkName !== '') refuseType(this.#log, 'symlink', name)
    if (type !== '0' && size > 0) {
      // Readers differ on whether such a body is there: nothing behind it can be trusted.
      const message = `${quote(name)} is no file, yet has contents. Pack the MPK anew.`
      throw new ArchiveRefused('archive.type.folder-with-body', message, name)
    }
    checkMode(this.#log, mode, name, isFolder)
    const isRoot = isFolder && !this.#hasBegun && (name === './' || name === '.')
    if (!isRoot) this.#names.add(tarPath(name, isFolder), isFolder)
    this.#sizes.add(name, size)
    this.#hasBegun = true
    this.#hasFiles ||= !isFolder
    if (!this.#log.hasErrors()) this.entries.push({ name, isFolder, bytes: size })
    this.#bodyBytes = size
    this.#paddingBytes = -size & (BLOCK_BYTES - 1)
  }
}

/** `tar -c .` writes `./` before every name: that is no part of the path. */
export function tarPath(name: string, isFolder: boolean): string {
  const path = name.startsWith('./') ? name.slice(2) : name
  return isFolder && path.endsWith('/') ? path.slice(0, -1) : path
}

const HIDDEN = 'The tar has bytes that belong to no entry. Pack the MPK anew.'
const TRAILING = 'There is something after the end of the tar. Pack the MPK anew.'

function isZero(block: Buffer): boolean {
  return block.equals(ZEROS.subarray(0, block.length))
}

const ZEROS = Buffer.alloc(MAX_PAX_BYTES)
