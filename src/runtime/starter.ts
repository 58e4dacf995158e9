import type { Readable, Writable } from 'node:stream'
import type { ChildPriority } from './child-priority.ts'

/** What is left of a process to those who work with it. */
export interface StartedProcess {
  /**
   * To look at it and to set its priority. Not known before `started`, and absent again once the process is known to be gone:
   * the number may be a stranger's by then, which is also why nothing is killed by it.
   */
  readonly pid: number | undefined
  /** Its pipes; nothing where it could not be started. Never rejects. */
  readonly started: Promise<{ stdin: Writable; stdout: Readable } | undefined>
  /** It is gone and what it wrote was read. Its last words on stderr, or why it could not be started. Never rejects. */
  readonly closed: Promise<string>
  /** SIGKILL, also to one that is still to be started. */
  kill(): void
}

/** Starts runners: this process itself, or another in its place. */
export interface Starter {
  /**
   * @param line the command and its arguments
   * @param priority which it is to begin with; that of the service, or what the line makes of it, where left out
   */
  start(line: readonly string[], priority?: ChildPriority): StartedProcess
  /** When all that it started is gone. */
  close(): Promise<void>
}

/** Of all runners, whoever starts them. It goes through a pipe as JSON. */
export const RUNNER_OPTIONS = {
  env: {},
  cwd: '/',
  windowsHide: true,
  // A group of its own: Ctrl-C in a terminal reaches every process of the foreground group, and what runs is to end
  // in order. The end of our pipe, and the death signal, still end it with us.
  detached: true,
}
