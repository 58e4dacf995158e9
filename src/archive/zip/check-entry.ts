import { addArchiveError } from '../archive-checks.ts'
import type { CheckLog } from '../check-log.ts'
import { quote } from '../quote.ts'
import { checkMode, refuseType, type SpecialKind } from '../unix-mode.ts'
import type { CentralHeader } from './central-directory.ts'

export const METHOD_STORED = 0
const METHOD_DEFLATED = 8

const FLAG_ENCRYPTED = 1 << 0
/** Speed of the packer, only for information. */
const FLAGS_DEFLATE_OPTION = (1 << 1) | (1 << 2)
export const FLAG_DESCRIPTOR = 1 << 3
const FLAG_STRONG_ENCRYPTION = 1 << 6
const FLAG_UTF8 = 1 << 11
const FLAG_MASKED_HEADERS = 1 << 13
const FLAGS_ENCRYPTION = FLAG_ENCRYPTED | FLAG_STRONG_ENCRYPTION | FLAG_MASKED_HEADERS
const FLAGS_ALLOWED = FLAGS_DEFLATE_OPTION | FLAG_DESCRIPTOR | FLAG_UTF8 | FLAGS_ENCRYPTION

/** An empty deflate stream: some packers write one for a folder. */
const EMPTY_DEFLATE_BYTES = 2

const WINDOWS_REPARSE_POINT = 0x400
const WINDOWS_DEVICE = 0x40
const WINDOWS_FOLDER = 0x10
const WINDOWS_VOLUME_LABEL = 0x08
const TYPE_MASK = 0o170000
const TYPE_FOLDER = 0o040000
const TYPE_FILE = 0o100000
const SPECIAL_TYPES = new Map<number, SpecialKind>([
  [0o120000, 'symlink'],
  [0o020000, 'device'],
  [0o060000, 'device'],
  [0o010000, 'fifo'],
  [0o140000, 'other'],
])
const PLAIN_TYPES = [0, TYPE_FILE, TYPE_FOLDER]

/** What one entry of a ZIP is by its own header: method, flags, type and rights. */
export function checkEntry(header: CentralHeader, log: CheckLog): void {
  const { path, flags, method, isFolder } = header
  if (flags & FLAGS_ENCRYPTION) {
    addArchiveError(
      log,
      'archive.encrypted',
      `${quote(path)} is encrypted. Pack it without a password.`,
      path,
    )
  }
  if (flags & ~FLAGS_ALLOWED) {
    const message = `${quote(path)} has flags 0x${flags.toString(16)} of unusual features. Pack it as a plain ZIP.`
    addArchiveError(log, 'archive.zip.flags', message, path)
  }
  if (method !== METHOD_STORED && method !== METHOD_DEFLATED) {
    const message = `${quote(path)} is packed by method ${method}. Pack it stored (0) or deflated (8).`
    addArchiveError(log, 'archive.method', message, path)
  }
  if (method === METHOD_STORED && header.packedBytes !== header.unpackedBytes) {
    const message = `${quote(path)} is stored, yet has two sizes. Pack the ZIP anew.`
    addArchiveError(log, 'archive.headers', message, path)
  }
  if (isFolder && (header.unpackedBytes > 0 || header.packedBytes > EMPTY_DEFLATE_BYTES)) {
    const message = `The folder ${quote(path)} has contents of its own. Pack the ZIP anew.`
    addArchiveError(log, 'archive.type.folder-with-body', message, path)
  }
  checkAttributes(header, log)
}

/** Unix mode in the upper half, DOS attributes in the lower, whatever system the header claims to come from. */
function checkAttributes({ path, externalAttributes, isFolder }: CentralHeader, log: CheckLog): void {
  const mode = externalAttributes >>> 16
  const type = mode & TYPE_MASK
  const special = SPECIAL_TYPES.get(type)
  if (special !== undefined) refuseType(log, special, path)
  else if (!PLAIN_TYPES.includes(type)) refuseType(log, 'other', path)
  if (externalAttributes & WINDOWS_REPARSE_POINT) refuseType(log, 'symlink', path)
  if (externalAttributes & WINDOWS_DEVICE) refuseType(log, 'device', path)
  if (externalAttributes & WINDOWS_VOLUME_LABEL) refuseType(log, 'other', path)
  const saysFolder = type === TYPE_FOLDER || (externalAttributes & WINDOWS_FOLDER) !== 0
  if (isFolder ? type === TYPE_FILE : saysFolder) {
    const message = `${quote(path)} is a file by its name and a folder by its attributes, or the other way round. Pack the ZIP anew.`
    addArchiveError(log, 'archive.type.unclear', message, path)
  }
  checkMode(log, mode, path, isFolder)
}
