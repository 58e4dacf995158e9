import type { ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import path from 'node:path'
import { createInterface } from 'node:readline'

import { readOrCreateSecretFile } from './data-directory.ts'
import type { Log } from './log.ts'
import { initializeCluster, SUPERUSER } from './postgres-cluster.ts'
import { findPostgres } from './postgres-program.ts'
import { endPreviousServer } from './previous-postgres.ts'
import { StartError } from './start-error.ts'

/** Where the embedded PostgreSQL keeps its data, and how it is run. */
export interface EmbeddedPostgresOptions {
  /** Existing directory (absolute, no symbolic links) below which the database lives; the caller holds its lock. */
  directory: string
  log: Log
  /** `false` for tests: what was committed last may be lost when PostgreSQL or the machine is killed. Default true. */
  durable?: boolean
  /** Default 100: the pools of one server with its worker, and room for a person with psql. */
  maxConnections?: number
}

/** An embedded PostgreSQL that runs. */
export interface EmbeddedPostgres {
  /** Connection of the superuser `patchbay`, password included: never log it. */
  readonly url: string
  /** Fast shutdown: open transactions are rolled back. Resolves when no process is left; may be called twice. */
  stop(): Promise<void>
  /** Resolves when the server has ended, also by itself: `expected` tells whether `stop` was asked for. */
  readonly exited: Promise<{ expected: boolean }>
}

/**
 * Starts a PostgreSQL of our own on a free port of 127.0.0.1, and makes its database on the first start.
 *
 * It ends with us, however we end: its parent is a shell of a few lines that reads a pipe whose other end is ours, and
 * stops it when that closes (`kill -9` closes it as well). What a previous server left behind is waited for or
 * cleaned up. Throws StartError where this machine cannot run it.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { directory, log, durable = true, maxConnections = 100 } = options
  const program = findPostgres(directory)
  const cluster = path.join(directory, 'database')
  const password = await readOrCreateSecretFile(path.join(directory, 'database.password'), () =>
    randomBytes(PASSWORD_BYTES).toString('base64url'),
  )
  await endPreviousServer(cluster, log)
  await initializeCluster({ program, cluster, password, durable })

  for (let attempt = 1; ; attempt++) {
    const port = await pickPort()
    const args = settings({ port, durable, maxConnections }).flatMap((setting) => ['-c', setting])
    const server = supervise(program.spawnGuarded([program.postgres, '-D', cluster, ...args]), log)
    const refusal = await server.refusal
    if (refusal === null) {
      const url = `postgresql://${SUPERUSER}:${password}@127.0.0.1:${port}/postgres`
      return { url, stop: server.stop, exited: server.exited }
    }
    if (attempt < PORT_ATTEMPTS && /address already in use|could not create any TCP/i.test(refusal)) continue
    throw new StartError(
      `The embedded PostgreSQL does not start (${refusal}): its data is in ${cluster}; DATABASE_URL selects another one.`,
    )
  }
}

/** 256 bits. */
const PASSWORD_BYTES = 32

/** Between picking a port and PostgreSQL's listening another program may take it. */
const PORT_ATTEMPTS = 5

async function pickPort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('A TCP server has no port.')
  return address.port
}

function settings(options: { port: number; durable: boolean; maxConnections: number }): string[] {
  const { port, durable, maxConnections } = options
  return [
    'listen_addresses=127.0.0.1',
    `port=${port}`,
    'unix_socket_directories=',
    `max_connections=${maxConnections}`,
    'shared_buffers=128MB',
    'timezone=UTC',
    'log_timezone=UTC',
    // Its workers would be three more processes; on local disks of small servers they gain nothing.
    'io_method=sync',
    // The package brings no JIT, and our queries are short.
    'jit=off',
    'max_logical_replication_workers=0',
    // LOG, FATAL and PANIC: what a statement does wrong is its sender's to log, and may hold values.
    'log_min_messages=log',
    'log_min_error_statement=panic',
    'log_error_verbosity=terse',
    'log_checkpoints=off',
    'log_line_prefix=',
    ...(durable ? [] : ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off']),
  ]
}

interface Supervised {
  /** Null when it takes connections; why not when it has ended before. */
  refusal: Promise<string | null>
  exited: Promise<{ expected: boolean }>
  stop(): Promise<void>
}

function supervise(guardian: ChildProcess, log: Log): Supervised {
  let expected = false
  let lastFatal: string | null = null
  const refusal = Promise.withResolvers<string | null>()
  const exited = Promise.withResolvers<{ expected: boolean }>()

  guardian.on('error', (error) => {
    refusal.resolve(error.message)
    exited.resolve({ expected })
  })
  if (guardian.stderr !== null) {
    createInterface({ input: guardian.stderr }).on('line', (line) => {
      const [, severity = 'LOG', message = line] = /^(LOG|FATAL|PANIC): {2}(.*)$/.exec(line) ?? []
      if (severity === 'LOG') log.debug({ source: 'postgres' }, message)
      else log.warn({ source: 'postgres', severity }, message)
      if (message.includes('address already in use') || severity !== 'LOG') lastFatal ??= message
      if (message === 'database system is ready to accept connections') refusal.resolve(null)
    })
  }
  // 'close' comes when its output is read to the end too.
  guardian.on('close', (code, signal) => {
    refusal.resolve(lastFatal ?? `it ended with ${signal ?? code}`)
    if (!expected) log.error({ code, signal }, 'the embedded PostgreSQL has ended by itself')
    exited.resolve({ expected })
  })
  // Written to by nobody, closed by stop() or by our death; the other end may be gone first.
  guardian.stdin?.on('error', (error) => log.debug({ err: error }, 'the pipe to the guardian broke'))

  return {
    refusal: refusal.promise,
    exited: exited.promise,
    async stop() {
      expected = true
      guardian.stdin?.end()
      await exited.promise
    },
  }
}
