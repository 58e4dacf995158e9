import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { FrameDecoder, encodeFrame } from '../../src/runtime/frames.ts'
import type { Launch } from '../../src/runtime/launch.ts'
import path from 'node:path'

/** A message to a child and back, as bare as it can be: the pool's frames, pipes and launch line, and neither isolate nor bookkeeping. */
export interface Echo {
  call(body: string): Promise<string>
  close(): Promise<void>
}

/**
 * Starts a child that answers each message at once.
 *
 * @param frames path of what reads and writes its pipes
 */
export async function startEcho(launch: Launch, frames: string): Promise<Echo> {
  // The runner may read its own folder only.
  const line = launch.line.flatMap((part) =>
    part.startsWith('--allow-fs-read=') && part.endsWith('*')
      ? [part, `--allow-fs-read=${import.meta.dirname}/*`]
      : [part],
  )
  const [command, ...args] = line
  const script = [path.join(import.meta.dirname, 'echo.mjs'), frames]
  const options = { env: {}, cwd: '/', stdio: ['pipe', 'pipe', 'inherit'] as ['pipe', 'pipe', 'inherit'] }
  const child = spawn(command!, [...args, ...script], options)
  const decoder = new FrameDecoder()
  const waiting = new Map<number, (body: string) => void>()
  const ready = Promise.withResolvers<void>()
  child.stdout.on('data', (chunk: Buffer) => {
    for (const { head, body } of decoder.push(chunk)) {
      const { t, call } = JSON.parse(head) as { t: string; call: number }
      if (t === 'ready') ready.resolve()
      waiting.get(call)?.(body)
      waiting.delete(call)
    }
  })
  await ready.promise
  let last = 0
  return {
    async call(body) {
      last += 1
      const { promise, resolve } = Promise.withResolvers<string>()
      waiting.set(last, resolve)
      child.stdin.write(encodeFrame({ t: 'call', call: last, isolate: 1, timeoutMs: 5000 }, body))
      return await promise
    },
    async close() {
      child.stdin.end()
      await once(child, 'exit')
    },
  }
}
