import { spawn, type ChildProcess } from 'node:child_process'
import { readdir, readFile, readlink } from 'node:fs/promises'
import { createInterface } from 'node:readline'

import { onTestFinished } from 'vitest'

/** A program in a process of its own, which is killed with the test. */
export interface ChildProgram {
  readonly process: ChildProcess
  /** The next line that it prints; rejects with its standard error where it ends before. */
  nextLine(): Promise<string>
  /** Sends `kill -9` and waits for the end. */
  kill(): Promise<void>
}

/** Runs TypeScript source as a module of its own process; imports are relative to the project's root. */
export function runProgram(source: string): ChildProgram {
  const child = spawn(process.execPath, ['--input-type=module-typescript', '--eval', source], {
    cwd: new URL('../..', import.meta.url),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  let complaints = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints += text
  })
  const program: ChildProgram = {
    process: child,
    async nextLine() {
      const { value, done } = await lines.next()
      if (!done) return value
      await ended
      throw new Error(`The program has ended: ${complaints}`)
    },
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
  }
  onTestFinished(() => program.kill())
  return program
}

/** The processes that work in a directory, or have it in their command line (Linux). */
export async function processesIn(directory: string): Promise<number[]> {
  const pids = (await readdir('/proc')).map(Number).filter((pid) => Number.isInteger(pid))
  const traces = await Promise.all(
    pids.map(async (pid) => {
      const folder = await readlink(`/proc/${pid}/cwd`).catch(() => '')
      const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
      return `${folder} ${command}`
    }),
  )
  return pids.filter((pid, index) => pid !== process.pid && traces[index]?.includes(directory))
}
