import { addArchiveError } from '../archive-checks.ts'
import type { CheckLog } from '../check-log.ts'
import { quote } from '../quote.ts'

const ZIP64 = 0x0001
const STRONG_ENCRYPTION = 0x0017
const UNICODE_PATH = 0x7075
const AES = 0x9901
/** Version and CRC of the name stand before the name itself (APPNOTE.TXT 4.6.9). */
const UNICODE_PATH_PREFIX_BYTES = 5

/** Extra fields of a header must be whole, and may say nothing that would change how the entry is read. */
export function checkExtraFields(
  fields: Buffer,
  entry: { path: string; nameBytes: Buffer },
  log: CheckLog,
): void {
  const { path } = entry
  let cursor = 0
  while (cursor < fields.length) {
    if (cursor + 4 > fields.length) return broken(path, log)
    const id = fields.readUInt16LE(cursor)
    const end = cursor + 4 + fields.readUInt16LE(cursor + 2)
    if (end > fields.length) return broken(path, log)
    if (id === ZIP64) {
      const message = `${quote(path)} uses ZIP64, which only files over 4 GiB need. Pack it without.`
      addArchiveError(log, 'archive.zip.zip64', message, path)
    } else if (id === STRONG_ENCRYPTION || id === AES) {
      addArchiveError(
        log,
        'archive.encrypted',
        `${quote(path)} is encrypted. Pack it without a password.`,
        path,
      )
    } else if (id === UNICODE_PATH) {
      const other = fields.subarray(cursor + 4 + UNICODE_PATH_PREFIX_BYTES, end)
      if (!other.equals(entry.nameBytes)) {
        const message = `${quote(path)} has a second name, ${quote(other.toString())}. Pack it with one name.`
        addArchiveError(log, 'archive.zip.extra-field', message, path)
      }
    }
    cursor = end
  }
}

function broken(path: string, log: CheckLog): void {
  const message = `The extra fields of ${quote(path)} are cut off. Pack the ZIP anew.`
  addArchiveError(log, 'archive.zip.extra-field', message, path)
}
