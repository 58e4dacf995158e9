import { ArchiveRefused } from './archive-checks.ts'
import type { ArchiveLimits } from './limits.ts'
import { quote } from './quote.ts'

/** Adds up what the entries of one archive unpack to, and refuses as soon as a budget is over. */
export class EntrySizes {
  readonly #limits: ArchiveLimits
  readonly #packedBytes: number
  #total = 0

  constructor(limits: ArchiveLimits, packedBytes: number) {
    this.#limits = limits
    this.#packedBytes = packedBytes
  }

  /** @throws ArchiveRefused where the entry, or all of them so far, are too big. */
  add(path: string, bytes: number): void {
    const { entryBytes, unpackedBytes, ratio } = this.#limits
    if (bytes > entryBytes) {
      const message = `${quote(path)} unpacks to more than ${entryBytes} bytes. Split it or leave it out.`
      throw new ArchiveRefused('archive.size.entry', message, path)
    }
    this.#total += bytes
    if (this.#total > unpackedBytes) {
      const message = `The archive unpacks to more than ${unpackedBytes} bytes. Leave out what is not needed at run time.`
      throw new ArchiveRefused('archive.size.unpacked', message)
    }
    if (this.#total > this.#packedBytes * ratio) {
      const message = `The archive unpacks to more than ${ratio} times its size. Leave out files of repeated bytes.`
      throw new ArchiveRefused('archive.ratio', message)
    }
  }
}
