import { addArchiveError, ArchiveRefused } from './archive-checks.ts'
import type { CheckLog } from './check-log.ts'
import type { ArchiveLimits } from './limits.ts'
import { checkPath, pathKey } from './paths.ts'
import { quote } from './quote.ts'

/**
 * The names of one archive while it is walked: checks each path, counts the entries, and notices names that are the
 * same file on some system, or a file and a folder at once.
 */
export class EntryNames {
  readonly #log: CheckLog
  readonly #limits: ArchiveLimits
  /** Key → path as written. */
  readonly #files = new Map<string, string>()
  readonly #folders = new Map<string, string>()
  /** Keys of folders that exist because something lies in them. */
  readonly #parents = new Map<string, string>()
  /** The same as written: what lies beside an earlier entry has the same folders around it, already looked at. */
  readonly #seenFolders = new Set<string>()
  /** Keys of manifests in the places where a reader may look. */
  readonly #manifests = new Set<string>()
  #count = 0

  constructor(log: CheckLog, limits: ArchiveLimits) {
    this.#log = log
    this.#limits = limits
  }

  /** @throws ArchiveRefused where there are too many entries to go on. */
  add(path: string, isFolder: boolean): void {
    this.#count += 1
    if (this.#count > this.#limits.entries) throw tooManyEntries(this.#limits)
    for (const { check, message } of checkPath(path, this.#limits)) {
      addArchiveError(this.#log, check, message, path)
    }
    // A hostile path could have a million segments, each of them a parent: what is refused is not looked at closer.
    if (Buffer.byteLength(path) > this.#limits.pathBytes) return
    if (path.split('/').length > this.#limits.depth) return
    const key = pathKey(path)
    this.#checkTwin(path, key, this.#files.get(key) ?? this.#folders.get(key))
    if (!isFolder) this.#checkFile(path, key)
    this.#checkParents(path, key)
    if (isFolder) this.#folders.set(key, path)
    else this.#files.set(key, path)
  }

  #checkTwin(path: string, key: string, twin: string | undefined): void {
    if (twin === undefined) {
      const spelling = this.#parents.get(key)
      if (spelling !== undefined && spelling !== path) this.#conflict(path, spelling)
      return
    }
    if (twin === path) {
      const message = `The archive holds ${quote(path)} twice. Pack it once.`
      addArchiveError(this.#log, 'archive.duplicate-name', message, path)
    } else {
      const message = `${quote(path)} and ${quote(twin)} are the same file on systems that ignore case or Unicode form. Rename one.`
      addArchiveError(this.#log, 'archive.similar-name', message, path)
    }
  }

  #checkFile(path: string, key: string): void {
    if (this.#parents.has(key)) this.#fileAndFolder(path)
    if (MANIFEST_PLACE.test(key) && !this.#manifests.has(key)) {
      this.#manifests.add(key)
      if (this.#manifests.size === 1) return
      const message = `There are two manifest.json, and readers could disagree on which counts. Leave one at the root.`
      addArchiveError(this.#log, 'archive.manifest.single', message, path)
    }
    if (NATIVE_CODE.test(key)) {
      const message = `${quote(path)} is native or precompiled code, which never runs here. Ship JavaScript source.`
      addArchiveError(this.#log, 'archive.native-code', message, path)
    }
  }

  #checkParents(path: string, key: string): void {
    const folder = path.slice(0, Math.max(0, path.lastIndexOf('/')))
    if (this.#seenFolders.has(folder)) return
    this.#seenFolders.add(folder)
    for (
      let end = path.indexOf('/'), keyEnd = key.indexOf('/');
      end !== -1 && keyEnd !== -1;
      end = path.indexOf('/', end + 1), keyEnd = key.indexOf('/', keyEnd + 1)
    ) {
      const parent = path.slice(0, end)
      const parentKey = key.slice(0, keyEnd)
      const spelling = this.#folders.get(parentKey) ?? this.#parents.get(parentKey)
      if (this.#files.has(parentKey)) this.#fileAndFolder(parent)
      else if (spelling !== undefined && spelling !== parent) this.#conflict(parent, spelling)
      if (!this.#parents.has(parentKey)) this.#parents.set(parentKey, parent)
    }
  }

  #conflict(path: string, spelling: string): void {
    const message = `The folders ${quote(path)} and ${quote(spelling)} are one on systems that ignore case or Unicode form. Rename one.`
    addArchiveError(this.#log, 'archive.similar-name', message, path)
  }

  #fileAndFolder(path: string): void {
    const message = `${quote(path)} is a file and a folder at once. Rename one.`
    addArchiveError(this.#log, 'archive.path.conflict', message, path)
  }
}

/** Refuses an archive for the number of its entries. */
export function tooManyEntries(limits: ArchiveLimits): ArchiveRefused {
  const message = `The archive has more than ${limits.entries} entries. Bundle the files, or leave out what is not needed at run time.`
  return new ArchiveRefused('archive.entries', message)
}

/** At the root, or in a folder at the root: the two places where a reader may look. */
const MANIFEST_PLACE = /^(?:[^/]+\/)?manifest\.json$/
const NATIVE_CODE = /\.(?:node|wasm|jsc)$/
