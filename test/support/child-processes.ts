import { existsSync, readdirSync, readFileSync } from 'node:fs'

/** Pids of the live children of a process, by /proc, and none where there is no /proc; a zombie is none. */
export function childrenOf(parent: number): number[] {
  if (!existsSync('/proc/self')) return []
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      const { parent: found, state } = statOf(pid)
      return found === parent && state !== 'Z'
    })
}

/** The launcher of a process, by /proc; none where it starts its runners itself. */
export function launchersOf(parent: number): number[] {
  return childrenOf(parent).filter(isLauncher)
}

/** The runners of a process, whoever has started them, and what else it has started itself. */
export function runnersOf(parent: number): number[] {
  return childrenOf(parent).flatMap((pid) => (isLauncher(pid) ? childrenOf(pid) : [pid]))
}

function isLauncher(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('runtime/launcher/main.mjs')
  } catch {
    return false
  }
}

/** Whether a process lives, by /proc; a zombie does not. */
export function isAlive(pid: number): boolean {
  return !['Z', 'X', undefined].includes(statOf(pid).state)
}

/** Whether a process is stopped (SIGSTOP), by /proc. */
export function isStopped(pid: number): boolean {
  return statOf(pid).state === 'T'
}

function statOf(pid: number): { state: string | undefined; parent: number } {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return { state, parent: Number(parent) }
  } catch {
    return { state: undefined, parent: 0 }
  }
}
