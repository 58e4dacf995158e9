import type { ArchiveCheckName } from './archive-checks.ts'
import type { ArchiveLimits } from './limits.ts'
import { quote } from './quote.ts'

/** What is wrong with a path. */
interface PathProblem {
  check: ArchiveCheckName
  message: string
}

/**
 * Everything that is wrong with the path of an entry, by the rules of the plugin format. A folder's path comes
 * without its closing slash. The rules are asked of the path as written, of its NFKC form, and of that without what is
 * not shown, because a file system or a later reader may normalise, and U+FF0F becomes a slash.
 */
export function checkPath(path: string, limits: ArchiveLimits): PathProblem[] {
  const name = quote(path)
  if (Buffer.byteLength(path) > limits.pathBytes) {
    // Nothing else is asked of it: a name of 64 KiB can have 32,000 segments, and an archive 300 such names.
    const message = `The path ${name} is longer than ${limits.pathBytes} bytes. Shorten it.`
    return [{ check: 'archive.path.length', message }]
  }
  const problems: PathProblem[] = []
  const add = (check: ArchiveCheckName, message: string): void => {
    if (!problems.some((known) => known.check === check)) problems.push({ check, message })
  }
  if (CONTROLS.test(path)) {
    add('archive.path.control', `The path ${name} holds control or invisible characters. Rename the file.`)
  }
  const normal = path.normalize('NFKC')
  for (const form of new Set([path, normal, normal.replaceAll(IGNORABLE, '')])) checkForm(form, name, add)
  if (normal.split('/').length !== path.split('/').length) {
    add(
      'archive.path.traversal',
      `The path ${name} holds a character that can turn into a slash. Rename the file.`,
    )
  }
  if (path.split('/').length > limits.depth) {
    add('archive.path.depth', `The path ${name} is deeper than ${limits.depth} folders. Flatten the folders.`)
  }
  return problems
}

/**
 * The one key by which two paths are the same file on some system: NFKC, case-folded, without what is not shown, each
 * segment without trailing dots and spaces (Windows cuts them).
 */
export function pathKey(path: string): string {
  // Nearly all names are plain ASCII, for which the rest comes to this.
  if (PLAIN_NAME.test(path) && !TRAILING_IN_SEGMENT.test(path)) return path.toLowerCase()
  return path.split('/').map(segmentKey).join('/')
}

/** Upper case first, because only that folds `ß`, `ſ` and final sigma onto their other spellings. */
function segmentKey(segment: string): string {
  const folded = segment.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC')
  return folded.replaceAll(IGNORABLE, '').replace(TRAILING, '')
}

function checkForm(
  path: string,
  name: string,
  add: (check: ArchiveCheckName, message: string) => void,
): void {
  if (path.startsWith('/')) {
    add(
      'archive.path.absolute',
      `The path ${name} is absolute. Pack with paths relative to the plugin's folder.`,
    )
  }
  if (path.includes('\\')) {
    add('archive.path.backslash', `The path ${name} holds a backslash. Pack with forward slashes.`)
  }
  if (path.includes(':')) {
    add(
      'archive.path.drive',
      `The path ${name} holds a colon, which names a drive or a stream on Windows. Rename it.`,
    )
  }
  for (const [index, segment] of path.split(/[/\\]/).entries()) {
    if (segment === '' && index === 0 && path !== '') continue
    const cut = segment.replace(TRAILING, '')
    if (segment === '') {
      add('archive.path.empty-segment', `The path ${name} has an empty part. Pack with plain relative paths.`)
    } else if (cut === '') {
      add(
        'archive.path.traversal',
        `The path ${name} leads to a folder itself or out of it. Pack with plain paths.`,
      )
    } else if (DEVICE_NAME.test(cut)) {
      add(
        'archive.path.device-name',
        `The path ${name} holds a device name of Windows (CON, NUL, COM1, …). Rename it.`,
      )
    }
  }
}

/**
 * Controls, formatting (bidirectional marks, zero width), line and paragraph separators, what is not assigned, and
 * fillers that are not shown; but for the two selectors that make a character an emoji or not.
 */
const CONTROLS =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]|(?![\ufe0e\ufe0f])\p{Default_Ignorable_Code_Point}/u
const IGNORABLE = /\p{Default_Ignorable_Code_Point}/gu
const TRAILING = /[. ]+$/
const TRAILING_IN_SEGMENT = /[. ](?:\/|$)/
const PLAIN_NAME = /^[\x20-\x7e]*$/
/** https://learn.microsoft.com/windows/win32/fileio/naming-a-file: with any extension, spaces before the dot too. */
const DEVICE_NAME = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)\s*(?:\.|$)/i
