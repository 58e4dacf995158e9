import { readFileSync, readdirSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'

/** Reading what all processes do takes 20 ms of a core, and what it leaves is collected: that is not to be measured. */
const SETTLE_MS = 250

export interface Watched<Measured> {
  measured: Measured
  /** Of one core, in a hundred: what others on the machine used meanwhile. Nothing where there is no /proc. */
  otherWork: number | undefined
}

/** Does the work, and looks before and after it at what the machine did besides. */
export async function whileWatched<Measured>(work: () => Promise<Measured>): Promise<Watched<Measured>> {
  const otherWork = watchOtherWork()
  await pause(SETTLE_MS)
  const measured = await work()
  return { measured, otherWork: otherWork() }
}

function watchOtherWork(): () => number | undefined {
  const began = performance.now()
  const before = readOthers()
  return () => {
    const now = readOthers()
    if (before === undefined || now === undefined) return undefined
    return Math.max(0, (now - before) / ((performance.now() - began) / 1000))
  }
}

/** Ticks, of which a second has a hundred, that all processes have used but this one and those that it started. */
function readOthers(): number | undefined {
  try {
    const [user = 0, nice = 0, system = 0, , , interrupts = 0, soft = 0] = readFileSync(
      '/proc/stat',
      'latin1',
    )
      .split('\n')[0]!
      .split(/\s+/)
      .slice(1)
      .map(Number)
    return user + nice + system + interrupts + soft - readOwn()
  } catch {
    return undefined
  }
}

function readOwn(): number {
  const processes = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => ({ pid: Number(pid), ...readStat(pid) }))
  const own = new Set([process.pid])
  for (let grown = true; grown;) {
    grown = false
    for (const { pid, parent } of processes) {
      if (!own.has(parent) || own.has(pid)) continue
      own.add(pid)
      grown = true
    }
  }
  return processes.reduce((sum, { pid, ticks }) => sum + (own.has(pid) ? ticks : 0), 0)
}

/** Of a process, and of those of its children that have ended. */
function readStat(pid: string): { parent: number; ticks: number } {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The second field is the command in parentheses, and may itself hold spaces.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return { parent: Number(fields[1]), ticks: fields.slice(11, 15).reduce((sum, it) => sum + Number(it), 0) }
  } catch {
    return { parent: 0, ticks: 0 }
  }
}
