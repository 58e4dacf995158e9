import { writeFileSync } from 'node:fs'
import { setPriority } from 'node:os'

/**
 * Of children, as `nice` counts, and of the session that each of them leads: an ordinary one, one that has computed for a
 * moment, and one that computes on and on. A session at 5 gets a quarter of a core beside one other; at 10 it would be a
 * tenth, and on a busy machine nothing that computes for a second would end in its time.
 *
 * Linux may share its time among sessions first, and by priority only within one (autogroup): a loop at 19 was seen to
 * take half of a core from the server, whose session is another.
 */
export const PRIORITIES = {
  ordinary: { process: 10, session: 0 },
  low: { process: 15, session: 5 },
  lowest: { process: 19, session: 5 },
} as const

export type ChildPriority = keyof typeof PRIORITIES

/** As `nice` counts: below the service itself. */
export const FIRST_PRIORITY = PRIORITIES.ordinary.process

/** PARTLY: the session must wait, since all users but root together may change ten a second. */
export function setChildPriority(pid: number, priority: ChildPriority): 'DONE' | 'PARTLY' | 'REFUSED' {
  const { process, session } = PRIORITIES[priority]
  try {
    setPriority(pid, process)
  } catch {
    return 'REFUSED'
  }
  try {
    writeFileSync(`/proc/${pid}/autogroup`, String(session), { flag: 'r+' })
    return 'DONE'
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EAGAIN' ? 'PARTLY' : 'DONE'
  }
}

/** Whether the priority of a process that was just started can be lowered and raised again (CAP_SYS_NICE). */
export function canRaise(pid: number): boolean {
  try {
    setPriority(pid, PRIORITIES.lowest.process)
    setPriority(pid, 0)
    return true
  } catch {
    return false
  }
}
