import { MiB } from '../lib/units.ts'

/** What an archive may be at most. All of it is configuration; these are the names it goes by. */
export interface ArchiveLimits {
  /** Bytes of the file as it is uploaded. */
  packedBytes: number
  /** Bytes of all its entries together. */
  unpackedBytes: number
  /** Number of entries, folders too. */
  entries: number
  /** Bytes of one entry. */
  entryBytes: number
  /** Unpacked bytes for each packed byte, over the whole archive. */
  ratio: number
  /** Bytes of one path in UTF-8. */
  pathBytes: number
  /** Segments of one path. */
  depth: number
}

/** The defaults of the plugin format. */
export const defaultArchiveLimits: ArchiveLimits = {
  /** Plugins are source text: 5 MB is a big one; it is held in memory while it is read. */
  packedBytes: 20 * MiB,
  /** Five times the upload is what text packs to; it is held in memory as well. */
  unpackedBytes: 100 * MiB,
  /** A big plugin has some 200 files; every name costs a look-up and a place in reports. */
  entries: 2000,
  /** One file is handed to parsers whole; more than this is a data set, not a plugin. */
  entryBytes: 10 * MiB,
  /** Source text reaches 10, deflate at most 1,032: a hundred is a bomb. */
  ratio: 100,
  /** What unpacks below a prefix of its own on every common file system (255 a name, 260 on old Windows). */
  pathBytes: 240,
  /** Deeper trees come from accidents and attacks. */
  depth: 16,
}

/**
 * Unpacked bytes that are held while it is not yet known whether all of the archive is sound. What unpacks to more is
 * read once without holding anything, and again if nothing was found: so a refusal never holds more than this, and a
 * real plugin (5 MB) is unpacked once.
 */
export const MAX_UNCHECKED_BYTES = 16 * MiB

/** Bytes of the comment that a ZIP may end with; GitHub puts the commit's 40 digits there. */
export const MAX_ZIP_COMMENT_BYTES = 256

/** Bytes of the file name or comment in a gzip header; gzip itself writes the file's own name. */
export const MAX_GZIP_TEXT_BYTES = 256

/** Bytes of one PAX record block; a path and a few times are under 1 KiB. */
export const MAX_PAX_BYTES = 16 * 1024

/** Zero bytes after a tar's end marker: common writers fill up to a record of 20 blocks. */
export const MAX_TAR_PADDING_BYTES = 20 * 512

/** Folders of tars and their PAX blocks, on top of the entries themselves, for each entry: see `tarBudget`. */
const TAR_OVERHEAD_PER_ENTRY = 4 * 512

/** Bytes of the unpacked tar stream as a whole: the entries, and what headers they can come with. */
export function tarBudget(limits: ArchiveLimits): number {
  return limits.unpackedBytes + limits.entries * TAR_OVERHEAD_PER_ENTRY + MAX_TAR_PADDING_BYTES
}
