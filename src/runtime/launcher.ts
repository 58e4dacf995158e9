import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { Socket } from 'node:net'
import { seconds } from '../lib/units.ts'
import type { Log } from '../platform/log.ts'
import { PRIORITIES, type ChildPriority } from './child-priority.ts'
import { MAX_LAST_WORDS, lastWordsOf } from './last-words.ts'
import { LaunchedProcess } from './launched-process.ts'
import { RUNNER_OPTIONS, type StartedProcess, type Starter } from './starter.ts'

/** Milliseconds for a launcher to come up (some 40), and for a process to be gone after a SIGKILL (some 10). */
const STUCK_AFTER_MS = seconds(15)

type Message =
  | { t: 'up' }
  | { t: 'stdout'; id: number; pid: number }
  | { t: 'stdin'; id: number }
  | { t: 'gone'; id: number; words: string }

/** One process, and what it has started. */
interface Generation {
  child: ChildProcess
  processes: Map<number, LaunchedProcess>
  /** False where it ended before. */
  isUp: Promise<boolean>
  /** It is gone, and all that it said was read. */
  ended: Promise<void>
}

/**
 * Has a small process start the runners. Starting one from here held the event loop up for 13 ms where the service has 300 MB
 * (the kernel copies its page tables), and each page that was written to afterwards cost a fault: 21 ms more. With plugins that
 * fill their memory, and so need a new runner each second, that was what others waited for.
 *
 * With the service the launcher dies, and with the launcher the runners, each by its death signal. Where one dies alone, its
 * runners count as crashed, and the next start has a new one.
 *
 * A kill goes through the launcher: only who waits for a process knows that its number is not yet a stranger's. It does not wait for
 * starts that were asked for before.
 */
export class Launcher implements Starter {
  #line: readonly string[]
  #log: Log
  #now: Generation | undefined
  #lastId = 0
  #isClosed = false

  /** @param line the launcher's own command, with its death signal */
  constructor(line: readonly string[], log: Log) {
    this.#line = line
    this.#log = log
  }

  /** Starts the launcher; false where that cannot be done here. */
  async open(): Promise<boolean> {
    const generation = this.#generation()
    const timer = setTimeout(() => generation.child.kill('SIGKILL'), STUCK_AFTER_MS)
    const isUp = await generation.isUp
    clearTimeout(timer)
    return isUp
  }

  start(line: readonly string[], priority?: ChildPriority): StartedProcess {
    const { child, processes } = this.#generation()
    this.#lastId += 1
    const id = this.#lastId
    const started = new LaunchedProcess(() => {
      tell(child, { t: 'kill', id })
      // Whoever stopped the launcher does not keep the runners alive.
      const timer = setTimeout(() => child.kill('SIGKILL'), STUCK_AFTER_MS).unref()
      void started.closed.then(() => clearTimeout(timer))
    })
    processes.set(id, started)
    const how = {
      options: RUNNER_OPTIONS,
      priority: priority && PRIORITIES[priority],
      maxWords: MAX_LAST_WORDS,
    }
    tell(child, { t: 'start', id, line, ...how })
    return started
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#now?.child.kill('SIGKILL')
    await this.#now?.ended
  }

  #generation(): Generation {
    this.#now ??= this.#begin()
    return this.#now
  }

  #begin(): Generation {
    const [command = '', ...args] = this.#line
    const child = spawn(command, args, { ...RUNNER_OPTIONS, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
    const words = child.stderr ? lastWordsOf(child.stderr) : () => ''
    const processes = new Map<number, LaunchedProcess>()
    const up = Promise.withResolvers<boolean>()
    child.on('message', (message: Message, pipe: unknown) => {
      if (message.t === 'up') up.resolve(true)
      else receive(processes, message, pipe instanceof Socket ? pipe : undefined)
    })
    const generation = { child, processes, isUp: up.promise, ended: endOf(child) }
    void generation.ended.then(() => {
      up.resolve(false)
      if (this.#now === generation) this.#now = undefined
      if (!this.#isClosed) this.#log.warn({ words: words() }, 'The launcher of runners ended by itself')
      for (const started of processes.values()) started.isGone('')
    })
    return generation
  }
}

function receive(
  processes: Map<number, LaunchedProcess>,
  message: Exclude<Message, { t: 'up' }>,
  pipe: Socket | undefined,
): void {
  const started = processes.get(message.id)
  if (message.t === 'stdout') started?.hasStdout(message.pid, pipe)
  else if (message.t === 'stdin') started?.hasStdin(pipe)
  else {
    processes.delete(message.id)
    started?.isGone(message.words)
  }
}

/** Both: what it said before its exit may still lie in the channel. */
async function endOf(child: ChildProcess): Promise<void> {
  try {
    await Promise.all([once(child, 'exit'), once(child, 'disconnect')])
  } catch {
    // It could not be started.
    child.kill('SIGKILL')
  }
}

/** A launcher that is gone, or goes just now, needs to be told nothing: its end ends what it was asked for. */
function tell(child: ChildProcess, message: object): void {
  if (child.connected) child.send(message, () => undefined)
}
