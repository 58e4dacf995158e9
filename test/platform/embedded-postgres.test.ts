import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'

import { Client } from 'pg'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import { openDataDirectory } from '../../src/platform/data-directory.ts'
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/platform/embedded-postgres.ts'
import { createLog } from '../../src/platform/log.ts'
import { processesIn, runProgram } from '../support/children.ts'

const log = createLog('silent')
/** An upper bound for what takes milliseconds. */
const WITHIN = { timeout: 15_000, interval: 10 }
let directory: string
let running: EmbeddedPostgres[]

beforeEach(async () => {
  const made = await mkdtemp(path.join(os.tmpdir(), 'patchbay-postgres-'))
  directory = (await openDataDirectory(made)).path
  running = []
})
afterEach(async () => {
  await Promise.all(running.map((server) => server.stop()))
  await rm(directory, { recursive: true })
})

async function start(durable = false): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ directory, log, durable })
  running.push(server)
  return server
}

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

/** Starts a server in a process of its own, prints its address, and stays. */
const owner = (durable = false): string => `
  import { startEmbeddedPostgres } from './src/platform/embedded-postgres.ts'
  import { createLog } from './src/platform/log.ts'
  const { url } = await startEmbeddedPostgres({
    directory: ${JSON.stringify(directory)}, log: createLog('silent'), durable: ${durable} })
  console.log(url)
  setInterval(() => {}, 1000)`

const postmasterPid = async (): Promise<number> =>
  Number((await readFile(path.join(directory, 'database/postmaster.pid'), 'utf8')).split('\n')[0])

test('what was committed is there after a stop and a second start', async () => {
  const first = await start()
  await query(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer')
  await first.stop()

  const second = await start()

  expect(await query(second.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }])
})

test('stopping leaves no process, also with a transaction open', async () => {
  const server = await start()
  const client = new Client({ connectionString: server.url })
  client.on('error', () => undefined)
  await client.connect()
  await client.query('BEGIN')

  await server.stop()

  await vi.waitUntil(async () => (await processesIn(directory)).length === 0, WITHIN)
  await expect(server.exited).resolves.toEqual({ expected: true })
})

test('it listens on 127.0.0.1 alone, asks for its password, and keeps that in a file of mode 0600', async () => {
  const { url } = await start()
  const file = path.join(directory, 'database.password')
  const wrong = new URL(url)
  wrong.password = 'guess'

  await expect(query(wrong.href, 'SELECT 1')).rejects.toThrow(/password authentication failed/)
  expect(url).toContain((await readFile(file, 'utf8')).trim())
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  expect(await query(url, 'SHOW listen_addresses')).toEqual([{ listen_addresses: '127.0.0.1' }])
  expect(await query(url, 'SHOW unix_socket_directories')).toEqual([{ unix_socket_directories: '' }])
})

test('a server is durable unless a test says otherwise', async () => {
  const server = await startEmbeddedPostgres({ directory, log })
  running.push(server)

  expect(await query(server.url, 'SHOW fsync')).toEqual([{ fsync: 'on' }])
  expect(await query(server.url, 'SHOW synchronous_commit')).toEqual([{ synchronous_commit: 'on' }])
})

test('kill -9 of the process that started it leaves no PostgreSQL, and the next start finds the data', async () => {
  const program = runProgram(owner())
  const url = await program.nextLine()
  await query(url, 'CREATE TABLE kept AS SELECT 42 AS answer')

  await program.kill()
  // At once, while the old server may still be stopping.
  const next = await start()

  expect(await query(next.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }])
  await next.stop()
  await vi.waitUntil(async () => (await processesIn(directory)).length === 0, WITHIN)
})

test('kill -9 of the process leaves nothing, also where nobody starts it anew', async () => {
  const program = runProgram(owner())
  await program.nextLine()
  await program.kill()

  await vi.waitUntil(async () => (await processesIn(directory)).length === 0, WITHIN)
  expect(await readdir(path.join(directory, 'database'))).not.toContain('postmaster.pid')
})

test('what was committed survives kill -9 of everything at once', async () => {
  const program = runProgram(owner(true))
  const url = await program.nextLine()
  await query(url, 'CREATE TABLE kept AS SELECT 42 AS answer')
  const postmaster = await postmasterPid()
  program.process.kill('SIGKILL')
  process.kill(postmaster, 'SIGKILL')
  await program.kill()

  const next = await start(true)

  expect(await query(next.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }])
})

test("a postmaster.pid whose number is by now another program's stops no start", async () => {
  const server = await start()
  const pidFile = path.join(directory, 'database/postmaster.pid')
  const content = await readFile(pidFile, 'utf8')
  await server.stop()
  const stranger = spawn('sleep', ['60'], { stdio: 'ignore' })
  await once(stranger, 'spawn')
  await writeFile(pidFile, content.replace(/^\d+/, String(stranger.pid)))

  await start()

  expect(stranger.exitCode).toBeNull()
  stranger.kill()
})

test('a server whose guardian was killed is told as ended, and the next start takes over', async () => {
  const first = await start()
  const [guardian] = await guardiansOf(await postmasterPid())
  process.kill(guardian ?? 0, 'SIGKILL')

  await expect(first.exited).resolves.toEqual({ expected: false })
  const second = await start()

  expect(await query(second.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
})

test('a start that was cut off while it made the database is repeated from the beginning', async () => {
  const program = runProgram(owner())
  await vi.waitUntil(
    async () => (await readdir(directory)).some((name) => name.startsWith('database.new')),
    WITHIN,
  )
  await program.kill()

  const server = await start()

  expect(await query(server.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  await server.stop()
  await vi.waitUntil(
    async () => (await readdir(directory)).every((name) => !name.startsWith('database.new')),
    WITHIN,
  )
})

test('a server that ends by itself is told', async () => {
  const server = await start()
  process.kill(await postmasterPid(), 'SIGINT')

  await expect(server.exited).resolves.toEqual({ expected: false })
})

test('data that PostgreSQL refuses is a one-line error in its words', async () => {
  const server = await start()
  await server.stop()
  await writeFile(path.join(directory, 'database/PG_VERSION'), '12\n')

  await expect(start()).rejects.toThrow(
    /^The embedded PostgreSQL does not start \(database files are incompatible[^\n]*$/,
  )
})

test.runIf(process.getuid?.() === 0)(
  'root may keep its data in a folder that is shut to everybody else',
  async () => {
    const parent = path.dirname(directory)
    const shut = await mkdtemp(path.join(parent, 'patchbay-shut-'))
    const data = await openDataDirectory(path.join(shut, 'data'))
    const server = await startEmbeddedPostgres({ directory: data.path, log, durable: false })

    expect((await stat(shut)).mode & 0o777).toBe(0o700)
    expect(await query(server.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
    await server.stop()
    await rm(shut, { recursive: true })
  },
)

async function guardiansOf(pid: number): Promise<number[]> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return [Number(/^PPid:\s+(\d+)/m.exec(status)?.[1])]
}
