import type { Socket } from 'node:net'
import type { StartedProcess } from './starter.ts'

/** A process of the launcher's, as far as it is known here. */
export class LaunchedProcess implements StartedProcess {
  pid: number | undefined
  readonly started: StartedProcess['started']
  readonly closed: Promise<string>
  #kill: () => void
  #stdin: Socket | undefined
  #stdout: Socket | undefined
  #settleStarted: (pipes: { stdin: Socket; stdout: Socket } | undefined) => void
  #settleClosed: (words: string) => void
  #isGone = false

  /** @param kill tells the launcher to kill it */
  constructor(kill: () => void) {
    this.#kill = kill
    const started = Promise.withResolvers<{ stdin: Socket; stdout: Socket } | undefined>()
    const closed = Promise.withResolvers<string>()
    this.started = started.promise
    this.closed = closed.promise
    this.#settleStarted = started.resolve
    this.#settleClosed = closed.resolve
  }

  /** It has begun; what it will write comes from there. */
  hasStdout(pid: number, stdout: Socket | undefined): void {
    this.pid = pid
    this.#stdout = this.#keep(stdout)
  }

  hasStdin(stdin: Socket | undefined): void {
    this.#stdin = this.#keep(stdin)
    if (this.#stdin && this.#stdout) this.#settleStarted({ stdin: this.#stdin, stdout: this.#stdout })
  }

  /** A pipe may have been closed on its way, when the process was soon gone: the launcher tells that, too. */
  #keep(pipe: Socket | undefined): Socket | undefined {
    return pipe?.on('error', () => this.kill())
  }

  kill(): void {
    if (!this.#isGone) this.#kill()
  }

  /**
   * The launcher has waited for it, or is gone itself. In the second case the process has a SIGKILL coming, if it is not gone
   * yet: its end of the pipe is closed when it has given its memory back.
   */
  isGone(words: string): void {
    if (this.#isGone) return
    this.#isGone = true
    this.pid = undefined
    this.#settleStarted(undefined)
    this.#stdin?.destroy()
    const stdout = this.#stdout
    if (stdout === undefined || stdout.closed) this.#settleClosed(words)
    // Where nobody reads there would be no end.
    else stdout.once('close', () => this.#settleClosed(words)).resume()
  }
}
