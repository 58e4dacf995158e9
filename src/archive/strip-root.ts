import type { CheckLog } from './check-log.ts'
import { quote } from './quote.ts'

/** What macOS adds to archives: resource forks beside the files, and folder views. */
const MACOS_EXTRAS = /^__MACOSX\/|(?:^|\/)\.DS_Store$|(?:^|\/)\._[^/]*$/

/**
 * The files by their path below the plugin's root: the archive's own root, or the single folder there where GitHub's
 * and macOS' archivers put everything. What macOS adds is left out and told.
 */
export function stripRoot(files: ReadonlyMap<string, Uint8Array>, log: CheckLog): Map<string, Uint8Array> {
  const kept = [...files].filter(([path]) => !MACOS_EXTRAS.test(path))
  for (const path of files.keys().filter((path) => MACOS_EXTRAS.test(path))) {
    const message = `${quote(path)} is an extra of macOS and was left out. Nothing needs to be done.`
    log.add({ severity: 'INFO', category: 'ARCHIVE', check: 'archive.ignored', message, path })
  }
  const root = singleRoot(kept.map(([path]) => path))
  return new Map(kept.map(([path, bytes]) => [path.slice(root.length), bytes]))
}

function singleRoot(paths: string[]): string {
  const first = paths[0]
  const root = first === undefined ? '' : first.slice(0, first.indexOf('/') + 1)
  return root !== '' && paths.every((path) => path.startsWith(root)) ? root : ''
}
