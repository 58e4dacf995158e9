/**
 * Tries to break what a runner is locked in by, from inside, and writes what came of it as one line of JSON:
 * `node … self-test.mjs <engine> <a file that must not be readable> <a port that must not be reachable> <bytes>`.
 * Then it waits for its parent, which looks at it from outside.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { loadEngine } from './engine.mjs'

const [, , engine, foreignFile, port, dataBytes] = process.argv

/** '' where it was possible. */
function refusal(attempt) {
  try {
    attempt()
    return ''
  } catch (error) {
    return String(error?.code ?? error?.name ?? 'refused')
  }
}

const isolate = new (loadEngine(engine).Isolate)({ memoryLimit: 16 })
const guest = isolate.createContextSync()

const report = {
  read: refusal(() => readFileSync(foreignFile)),
  write: refusal(() => {
    const file = join(tmpdir(), `patchbay-self-test-${process.pid}`)
    writeFileSync(file, '')
    rmSync(file)
  }),
  process: refusal(() => {
    const { error } = spawnSync(process.execPath, ['--version'])
    if (error) throw error
  }),
  thread: refusal(() => new Worker('', { eval: true })),
  wasm:
    guest.evalSync('typeof WebAssembly') === 'undefined' && typeof WebAssembly === 'undefined'
      ? 'absent'
      : '',
  data: refusal(() => new ArrayBuffer(Number(dataBytes))),
  environment: Object.keys(process.env).length,
  network: await reach(Number(port)),
}
process.stdout.write(`${JSON.stringify(report)}\n`)
process.stdin.on('end', () => process.exit()).resume()

function reach(port) {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    socket.on('connect', () => resolve('')).on('error', (error) => resolve(String(error.code)))
    socket.setTimeout(1000, () => resolve('ETIMEDOUT'))
  })
}
