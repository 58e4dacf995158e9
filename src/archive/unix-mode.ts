import { addArchiveError, type ArchiveCheckName } from './archive-checks.ts'
import type { CheckLog } from './check-log.ts'
import { quote } from './quote.ts'

const SET_USER_ID = 0o4000
const SET_GROUP_ID = 0o2000

/** Refuses what is neither a file nor a folder, whichever way the archive says so. */
export function refuseType(log: CheckLog, kind: SpecialKind, path: string): void {
  const { check, what } = SPECIAL_KINDS[kind]
  const message = `${quote(path)} is ${what}. Pack regular files and folders only.`
  addArchiveError(log, check, message, path)
}

/** Refuses rights that would make a file run as somebody else. Group rights of folders are common and harmless. */
export function checkMode(log: CheckLog, mode: number, path: string, isFolder: boolean): void {
  if ((mode & (isFolder ? SET_USER_ID : SET_USER_ID | SET_GROUP_ID)) === 0) return
  const message = `${quote(path)} has a set-uid or set-gid bit. Remove it: chmod u-s,g-s.`
  addArchiveError(log, 'archive.mode.setuid', message, path)
}

const SPECIAL_KINDS = {
  symlink: { check: 'archive.type.symlink', what: 'a symbolic link' },
  hardlink: { check: 'archive.type.hardlink', what: 'a hard link' },
  device: { check: 'archive.type.device', what: 'a device' },
  fifo: { check: 'archive.type.fifo', what: 'a FIFO' },
  other: { check: 'archive.type.other', what: 'neither a file nor a folder' },
} as const satisfies Record<string, { check: ArchiveCheckName; what: string }>

export type SpecialKind = keyof typeof SPECIAL_KINDS
