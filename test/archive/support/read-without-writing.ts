import { readArchive } from '../../../src/archive/read-archive.ts'
import { refusals } from './refusals.ts'

/** A process of its own, started without the right to write: reads all hostile archives. */
let refused = 0
for (const { bytes, limits } of refusals) {
  const { archive, findings } = await readArchive(bytes, limits)
  if (archive === null && findings.every(({ check }) => check !== 'archive.reader')) refused += 1
}
process.stdout.write(JSON.stringify({ mayWrite: process.permission.has('fs.write'), refused }))
