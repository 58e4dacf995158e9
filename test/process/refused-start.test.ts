import { once } from 'node:events'
import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { createEmptyDatabase } from '../support/postgres.ts'
import { emptyDirectory, launch, nothingLeft, type LaunchedService } from './support/launched-service.ts'

const SECRETS_KEY = Buffer.alloc(32, 1).toString('base64')

/** Waits for its end, and gives what it said on standard error; nothing may be left of it. */
async function refusalOf(service: LaunchedService): Promise<string> {
  expect(await service.ended).toEqual({ code: 1, signal: null })
  await nothingLeft(service)
  return service.output().stderr
}

test('all mistakes of a configuration are told at once by name, without their values', async () => {
  const env = {
    PORT: 'eighty-thousand',
    ROLE: 'boss',
    PLUGIN_PROCESSES: '0',
    PATCHBAY_SECRETS_KEY: 'too-short',
  }
  const refusal = await refusalOf(launch({ dataDirectory: await emptyDirectory(), env }))

  for (const [name, value] of Object.entries(env)) {
    expect(refusal).toMatch(new RegExp(`^ +${name}: expected .+$`, 'm'))
    if (value !== '0') expect(refusal).not.toContain(value)
  }
  expect(refusal).toMatch(/^patchbay: The configuration has 4 mistakes:\n/)
})

test('a package that is not installed, as after a new version, is one line with the command that installs it', async () => {
  const hooks = `import { registerHooks } from 'node:module'
    registerHooks({ resolve: (name, context, next) => next(name === 'graphql-yoga' ? 'a-new-library' : name, context) })`
  const env = { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(hooks)}` }
  const refusal = await refusalOf(launch({ dataDirectory: await emptyDirectory(), env }))

  expect(refusal).toBe('patchbay: unexpected, stopping: a-new-library is not installed: run npm ci.\n')
})

test('a port in use is one line, and nothing is left running', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const port = String((other.address() as { port: number }).port)
  const refusal = await refusalOf(launch({ dataDirectory: await emptyDirectory(), env: { PORT: port } }))

  expect(refusal).toMatch(/^patchbay: [^\n]+\n$/)
  expect(refusal).toContain(port)
  other.close()
})

test('a data directory in use by another instance is one line, and that one lives on', async () => {
  const dataDirectory = await emptyDirectory()
  const first = launch({ dataDirectory })
  const { url } = await first.greeting()

  const second = launch({ dataDirectory })
  expect(await second.ended).toEqual({ code: 1, signal: null })

  expect(second.output().stderr).toMatch(
    /^patchbay: The data directory \S+ is in use by another Patchbay [^\n]+\n$/,
  )
  expect(second.output().stderr).toContain(`process ${first.process.pid}`)
  expect((await fetch(`${url}/graphql?query={__typename}`)).status).toBe(200)
  first.signal('SIGTERM')
  expect(await first.ended).toEqual({ code: 0, signal: null })
})

test.each(['127.0.0.1', 'localhost'])(
  'a DATABASE_URL at %s that does not answer is one line without its password',
  async (host) => {
    const env = { DATABASE_URL: `postgresql://user:hidden@${host}:1/none`, PATCHBAY_SECRETS_KEY: SECRETS_KEY }
    const refusal = await refusalOf(launch({ dataDirectory: await emptyDirectory(), env }))

    expect(refusal).toMatch(/^patchbay: The database does not answer \(connect ECONNREFUSED [^\n]+\n$/)
    expect(refusal).not.toContain('hidden')
  },
)

test('another PATCHBAY_SECRETS_KEY than the one of the database is one line without either', async () => {
  const database = await createEmptyDatabase()
  const env = { DATABASE_URL: database.url, PATCHBAY_SECRETS_KEY: SECRETS_KEY }
  const first = launch({ dataDirectory: await emptyDirectory(), env })
  await first.greeting()
  first.signal('SIGTERM')
  await first.ended
  const wrong = Buffer.alloc(32, 2).toString('base64')

  const refusal = await refusalOf(
    launch({ dataDirectory: await emptyDirectory(), env: { ...env, PATCHBAY_SECRETS_KEY: wrong } }),
  )

  expect(refusal).toMatch(/^patchbay: PATCHBAY_SECRETS_KEY is not the key [^\n]+\n$/)
  for (const key of [wrong, SECRETS_KEY]) expect(refusal).not.toContain(key)
  await database.drop()
})
