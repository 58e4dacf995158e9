import { readFileSync } from 'node:fs'
import { KiB } from '../lib/units.ts'

/** What a process has used, as the kernel counts it. */
export interface Usage {
  /** Bytes of memory that it shares with nobody. */
  privateBytes: number
  /** Seconds of CPU in its whole life. */
  cpuSeconds: number
}

/** Linux on every platform that isolated-vm has binaries for: pages of 4 KiB and 100 ticks a second. */
const PAGE_BYTES = 4 * KiB
const TICKS_PER_SECOND = 100

/** The usage of a process, or nothing where there is no /proc or the process is gone. Takes some 20 µs. */
export function readUsage(pid: number): Usage | undefined {
  try {
    const [, resident = 0, shared = 0] = readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ').map(Number)
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The second field is the command in parentheses, and may itself hold spaces.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const ticks = Number(fields[11]) + Number(fields[12])
    return { privateBytes: (resident - shared) * PAGE_BYTES, cpuSeconds: ticks / TICKS_PER_SECOND }
  } catch {
    return undefined
  }
}
