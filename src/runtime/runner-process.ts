import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { KiB, MiB } from '../lib/units.ts'
import { DEFAULT_BUDGETS } from './budgets.ts'
import { FrameDecoder, encodeFrame } from './frames.ts'
import { setChildPriority, type ChildPriority } from './child-priority.ts'
import type { Launch } from './launch.ts'
import { READY_WITHIN_MS } from './limits.ts'
import { parseChildMessage, type ChildMessage, type ParentMessage } from './protocol.ts'
import { readUsage, type Usage } from './usage.ts'

/** Bytes of a child's last words that are kept: V8 says there why it gave up. */
const MAX_LAST_WORDS = 4 * KiB

/** What V8, malloc and isolated-vm say when memory is gone. Only names the outcome: every end is a SIGKILL away. */
const OUT_OF_MEMORY = /out of memory|allocation failed|bad_alloc|cannot allocate|heap limit|is_heap_oom = 1/i

/** Bytes that may lie unread before a child: beyond, answers wait. */
const MAX_UNREAD_BYTES = 4 * MiB

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
  #child: ChildProcessByStdio<Writable, Readable, Readable>
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
  #priority: ChildPriority = 'ordinary'
  /** Its session has that priority, too. */
  #isWhole = true

  constructor(launch: Launch, blankMemoryMb: number, events: ProcessEvents, budgets = DEFAULT_BUDGETS) {
    const { hostCalls, logLines, concurrent } = budgets
    this.#mostAllowed = concurrent * (hostCalls + logLines + 200)
    this.#events = events
    this.#hasPriorities = launch.nice
    const script = join(launch.folder, 'main.mjs')
    const facts = [blankMemoryMb, hostCalls, logLines].map(String)
    const [command = '', ...args] = [...launch.line, script, launch.engine, ...facts]
    this.#child = spawn(command, args, {
      env: {},
      cwd: '/',
      stdio: ['pipe', 'pipe', 'pipe'],
      windowsHide: true,
      // A group of its own: Ctrl-C in a terminal reaches every process of the foreground group, and what runs is to end
      // in order. The end of our pipe, and the death signal, still end it with us.
      detached: true,
    })
    this.#child.stdout.on('data', (chunk: Buffer) => this.#read(chunk))
    this.#child.stderr.on('data', (chunk: Buffer) => this.#listen(chunk))
    // A child that dies under a write is told by its exit.
    this.#child.stdin.on('error', () => this.kill())
    let settle: (isReady: boolean) => void
    this.ready = new Promise((resolve) => {
      settle = resolve
    })
    const patience = setTimeout(() => this.kill(), READY_WITHIN_MS)
    this.#onReady = () => {
      clearTimeout(patience)
      settle(true)
    }
    // `close`, not `exit`: the child's last words may still lie in its pipe.
    this.exited = new Promise((resolve) => {
      const end = (): void => {
        if (this.#gone) return
        this.#gone = true
        clearTimeout(patience)
        settle(false)
        this.#events.onExit()
        resolve()
      }
      this.#child.on('close', end).on('error', end)
    })
  }

  #onReady: () => void

  get pid(): number | undefined {
    return this.#child.pid
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
    return this.pid === undefined || this.#gone ? undefined : readUsage(this.pid)
  }

  /** Sends a frame, and allows the child so many messages more. */
  send(message: ParentMessage, body = '', allows = 0): void {
    this.#allowance = Math.min(this.#allowance + allows, this.#mostAllowed)
    const frame = encodeFrame(message, body)
    this.#outboxBytes += frame.length
    if (this.#outbox.push(frame) === 1) process.nextTick(this.#post)
  }

  #post = (): void => {
    const frames = this.#outbox
    this.#outbox = []
    this.#outboxBytes = 0
    if (!this.#gone) this.#child.stdin.write(frames.length === 1 ? frames[0] : Buffer.concat(frames))
  }

  /** Waits until the child has read most of what it was sent: a child that never reads fills nobody's memory. */
  async room(): Promise<void> {
    const { stdin } = this.#child
    if (this.#gone || this.#outboxBytes + stdin.writableLength < MAX_UNREAD_BYTES) return
    this.#drained ??= new Promise<void>((resolve) => stdin.once('drain', resolve)).then(() => {
      this.#drained = undefined
    })
    await Promise.race([this.#drained, this.exited])
  }

  /** False where the system does not let us. */
  setPriority(priority: ChildPriority): boolean {
    if (priority === this.#priority && this.#isWhole) return true
    // 0 would be this process itself.
    if (!this.#hasPriorities || this.#gone || this.pid === undefined) return false
    const done = setChildPriority(this.pid, priority)
    if (done === 'REFUSED') return false
    this.#priority = priority
    this.#isWhole = done === 'DONE'
    return this.#isWhole
  }

  kill(): void {
    if (!this.#gone) this.#child.kill('SIGKILL')
  }

  #read(chunk: Buffer): void {
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
      this.#child.stdout.removeAllListeners('data').destroy()
      this.#events.onViolation(error instanceof Error ? error.message : 'unknown')
      this.kill()
    }
  }

  #listen(chunk: Buffer): void {
    if (this.#lastWords.length < MAX_LAST_WORDS) {
      this.#lastWords = (this.#lastWords + chunk.toString('utf8')).slice(0, MAX_LAST_WORDS)
    }
  }
}
