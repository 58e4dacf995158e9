import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { MiB } from '../lib/units.ts'
import { FrameDecoder, encodeFrame } from './frames.ts'
import { setChildPriority, type ChildPriority } from './child-priority.ts'
import { READY_WITHIN_MS } from './limits.ts'
import { parseChildMessage, type ChildMessage, type ParentMessage } from './protocol.ts'
import type { RunnerSettings } from './runner-settings.ts'
import type { StartedProcess } from './starter.ts'
import { readUsage, type Usage } from './usage.ts'

/** What V8, malloc and isolated-vm say when memory is gone. Only names the outcome: every end is a SIGKILL away. */
const OUT_OF_MEMORY = /out of memory|allocation failed|bad_alloc|cannot allocate|heap limit|is_heap_oom = 1/i

/** Bytes that may lie unread before a child: beyond, answers wait. */
const MAX_UNREAD_BYTES = 4 * MiB

type ProcessSettings = Pick<RunnerSettings, 'launch' | 'starter' | 'pluginMemoryMb' | 'budgets'>

export interface ProcessEvents {
  onMessage(message: ChildMessage): void
  /** The child said something that no runner says, and was killed. */
  onViolation(reason: string): void
  onExit(): void
}

/** One child: its start, its frames, its end. Only SIGKILL ends it; what it says about itself is no evidence. */
export class RunnerProcess {
  readonly ready: Promise<boolean>
  readonly exited: Promise<void>
  /** For a log, also when it is gone. */
  pid: number | undefined
  #process: StartedProcess
  /** Absent until it has started. */
  #stdin: Writable | undefined
  #events: ProcessEvents
  #decoder = new FrameDecoder()
  #lastWords = ''
  /** Messages that the child may still send. */
  #allowance = 1
  /** However many calls have been made: a child that is hostile cannot save them up. */
  #mostAllowed: number
  #gone = false
  /** Frames of this turn of the event loop, which leave together at its end. */
  #outbox: Buffer[] = []
  #outboxBytes = 0
  /** One for all who wait: of more than ten listeners Node warns. */
  #drained: Promise<void> | undefined
  #hasPriorities: boolean
  /** What it has; absent where it has none yet, since that is to be set from outside. */
  #priority: ChildPriority | undefined
  #wanted: ChildPriority = 'ordinary'
  /** By its pid, since it is stopped. */
  #stopped: number | undefined
  /** Its session has that priority, too. */
  #isWhole = true

  constructor({ launch, starter, pluginMemoryMb, budgets }: ProcessSettings, events: ProcessEvents) {
    const { hostCalls, logLines, concurrent } = budgets
    this.#mostAllowed = concurrent * (hostCalls + logLines + 200)
    this.#events = events
    this.#hasPriorities = launch.nice
    this.#priority = launch.nice && launch.raises ? undefined : 'ordinary'
    const script = join(launch.folder, 'main.mjs')
    const facts = [pluginMemoryMb, hostCalls, logLines].map(String)
    const line = [...launch.line, script, launch.engine, ...facts]
    this.#process = starter.start(line, launch.raises ? 'low' : undefined)
    void this.#process.started.then((pipes) => pipes && this.#connect(pipes.stdin, pipes.stdout))
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const patience = setTimeout(() => this.kill(), READY_WITHIN_MS)
    this.#onReady = () => {
      clearTimeout(patience)
      resolve(true)
    }
    this.ready = promise
    this.exited = this.#process.closed.then((words) => {
      this.#gone = true
      this.#lastWords = words
      clearTimeout(patience)
      resolve(false)
      this.#events.onExit()
    })
  }

  #onReady: () => void

  #connect(stdin: Writable, stdout: Readable): void {
    // A child that dies under a write is told by its exit.
    this.pid = this.#process.pid
    this.#stdin = stdin.on('error', () => this.kill())
    stdout.on('data', (chunk: Buffer) => this.#read(chunk, stdout))
    this.setPriority(this.#wanted)
    if (this.#outbox.length > 0) this.#post()
  }

  /** It is gone, or has a SIGKILL coming since its launcher is gone. */
  get isGoing(): boolean {
    return this.#gone || (this.#stdin !== undefined && this.#process.pid === undefined)
  }

  /** The child's last words on stderr, for a log. */
  get lastWords(): string {
    return this.#lastWords
  }

  /** Whether these were of memory. */
  get ranOutOfMemory(): boolean {
    return OUT_OF_MEMORY.test(this.#lastWords)
  }

  get usage(): Usage | undefined {
    const { pid } = this.#process
    return pid === undefined ? undefined : readUsage(pid)
  }

  /** Sends a frame, and allows the child so many messages more. */
  send(message: ParentMessage, body = '', allows = 0): void {
    this.#allowance = Math.min(this.#allowance + allows, this.#mostAllowed)
    const frame = encodeFrame(message, body)
    this.#outboxBytes += frame.length
    if (this.#outbox.push(frame) === 1) process.nextTick(this.#post)
  }

  #post = (): void => {
    if (this.#stdin === undefined) return
    const frames = this.#outbox
    this.#outbox = []
    this.#outboxBytes = 0
    if (!this.#gone) this.#stdin.write(frames.length === 1 ? frames[0] : Buffer.concat(frames))
  }

  /** Waits until the child has read most of what it was sent: a child that never reads fills nobody's memory. */
  async room(): Promise<void> {
    const stdin = this.#stdin
    if (this.#gone || !stdin || this.#outboxBytes + stdin.writableLength < MAX_UNREAD_BYTES) return
    this.#drained ??= new Promise<void>((resolve) => stdin.once('drain', resolve)).then(() => {
      this.#drained = undefined
    })
    await Promise.race([this.#drained, this.exited])
  }

  /** False where the system does not let us. */
  setPriority(priority: ChildPriority): boolean {
    this.#wanted = priority
    if (priority === this.#priority && this.#isWhole) return true
    if (!this.#hasPriorities) return false
    // It gets it when it starts, or is gone.
    const { pid } = this.#process
    if (pid === undefined) return true
    const done = setChildPriority(pid, priority)
    if (done === 'REFUSED') return false
    this.#priority = priority
    this.#isWhole = done === 'DONE'
    return this.#isWhole
  }

  /** Until `go`: false where it has not begun, is gone, or the system does not let us. */
  stop(): boolean {
    const { pid } = this.#process
    this.#stopped = pid !== undefined && signal(pid, 'SIGSTOP') ? pid : undefined
    return this.#stopped !== undefined
  }

  /** Whoever was stopped goes on, also where that pid was a stranger's by then. */
  go(): void {
    if (this.#stopped !== undefined) signal(this.#stopped, 'SIGCONT')
    this.#stopped = undefined
  }

  kill(): void {
    if (!this.#gone) this.#process.kill()
  }

  #read(chunk: Buffer, stdout: Readable): void {
    if (this.#gone) return
    try {
      for (const frame of this.#decoder.push(chunk)) {
        this.#allowance -= 1
        if (this.#allowance < 0) throw new Error('More messages than it may send.')
        const message = parseChildMessage(frame)
        if (message.t === 'ready') this.#onReady()
        else this.#events.onMessage(message)
      }
    } catch (error) {
      stdout.removeAllListeners('data').destroy()
      this.#events.onViolation(error instanceof Error ? error.message : 'unknown')
      this.kill()
    }
  }
}

function signal(pid: number, name: 'SIGSTOP' | 'SIGCONT'): boolean {
  try {
    return process.kill(pid, name)
  } catch {
    return false
  }
}
