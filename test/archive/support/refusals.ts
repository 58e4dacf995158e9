import type { Refusal } from './refusal.ts'
import { refusedFiles } from './refused-files.ts'
import { refusedLimits } from './refused-limits.ts'
import { refusedMpks } from './refused-mpks.ts'
import { refusedNames } from './refused-names.ts'
import { refusedZipEntries } from './refused-zip-entries.ts'
import { refusedZips } from './refused-zips.ts'

/** Every hostile archive there is. */
export const refusals: readonly Refusal[] = [
  ...refusedFiles,
  ...refusedZips,
  ...refusedZipEntries,
  ...refusedMpks,
  ...refusedNames,
  ...refusedLimits,
]
