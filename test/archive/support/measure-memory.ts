import { readFileSync, writeFileSync } from 'node:fs'
import { readArchive } from '../../../src/archive/read-archive.ts'
import { packMpk, packZip } from '../../../src/archive/pack.ts'

/**
 * A process of its own: reads the archive in the file that it is given, and prints what it was refused for and by how
 * many bytes its memory grew at the most since code and bytes were loaded.
 */
const bytes = readFileSync(process.argv[2] ?? '')
const small = new Map([['manifest.json', Buffer.from('{}')]])
for (const archive of [packZip(small), await packMpk(small)]) await readArchive(archive)
// Sets the peak back to what is in use now (proc_pid_clear_refs(5)).
writeFileSync('/proc/self/clear_refs', '5')
const before = memory('VmRSS')
const { archive, findings } = await readArchive(bytes)
const grownBytes = memory('VmHWM') - before
process.stdout.write(
  JSON.stringify({ refused: archive === null, checks: findings.map(({ check }) => check), grownBytes }),
)

function memory(what: 'VmRSS' | 'VmHWM'): number {
  const line = new RegExp(`^${what}:\\s+(\\d+) kB$`, 'm').exec(readFileSync('/proc/self/status', 'utf8'))
  if (!line) throw new Error(`There is no ${what} in /proc/self/status.`)
  return Number(line[1]) * 1024
}
