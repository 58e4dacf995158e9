import { readFileSync, readdirSync } from 'node:fs'

/** Of one core, in a hundred: what others on the machine have used since `begin`. Nothing where there is no /proc. */
export function watchOtherWork(): () => number | undefined {
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
