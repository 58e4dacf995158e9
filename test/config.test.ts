import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { spawnSync } from 'node:child_process'

import { expect, onTestFinished, test } from 'vitest'

import { defaultArchiveLimits } from '../src/archive/limits.ts'
import { ConfigError, type ConfigMistake } from '../src/config.ts'
import { describeVariables, loadConfig } from '../src/config/load-config.ts'

const KEY = Buffer.alloc(32, 7)
const DATABASE = { DATABASE_URL: 'postgresql://u:p@db/x', PATCHBAY_SECRETS_KEY: KEY.toString('base64') }

function mistakesOf(env: NodeJS.ProcessEnv, args: string[] = []): readonly ConfigMistake[] {
  try {
    loadConfig(env, args)
  } catch (error) {
    if (error instanceof ConfigError) return error.mistakes
    throw error
  }
  return []
}

const namesOf = (env: NodeJS.ProcessEnv): string[] => mistakesOf(env).map(({ name }) => name)

test('nothing set is a server of its own on port 4000, with everything below .patchbay', () => {
  const config = loadConfig({})

  expect(config).toMatchObject({
    port: 4000,
    host: '127.0.0.1',
    role: 'all',
    database: null,
    production: false,
  })
  expect(config.dataDirectory).toBe(path.resolve('.patchbay'))
  expect(config.storage.main).toEqual({ kind: 'file', directory: path.resolve('.patchbay/blobs') })
  expect(config.plugins).toEqual({
    timeoutMs: 5000,
    jobTimeoutMs: 30_000,
    documents: 50_000,
    documentsBytes: 50 * 1024 ** 2,
    filesBytes: 50 * 1024 ** 2,
    healthDeadlineMs: 60_000,
    healthIntervalMs: 30_000,
    memoryMb: 100,
    processes: null,
    budgets: { hostCalls: 100, logLines: 200, concurrent: 8, waiting: 100 },
    circuit: { failures: 5, withinMs: 600_000, openMs: 60_000 },
  })
})

test('the default archive limits are those of the plugin format', () => {
  expect(loadConfig({}).archiveLimits).toEqual(defaultArchiveLimits)
})

test('every default is a value that its own variable accepts', () => {
  const env = Object.fromEntries(
    describeVariables().map((variable) => [variable.name, variable.default ?? '']),
  )

  expect(loadConfig(env)).toEqual(loadConfig({}))
})

test('all mistakes are told at once, each by its name with what was expected', () => {
  const env = {
    PORT: '70000',
    HOST: 'two words',
    ROLE: 'boss',
    DATABASE_URL: 'mysql://u:p@db/x',
    PATCHBAY_ADMIN_KEY: 'short',
    PATCHBAY_SECRETS_KEY: 'also short',
    STORAGE_URL: 'ftp://bucket',
    PATCHBAY_LOG_LEVEL: 'loud',
    PLUGIN_TIMEOUT_SECONDS: '-1',
    PATCHBAY_ALLOW_SELF_REVIEW: 'perhaps',
  }
  const mistakes = mistakesOf(env)

  expect(mistakes.map(({ name }) => name).sort()).toEqual(Object.keys(env).sort())
  expect(mistakes.find(({ name }) => name === 'PORT')?.problem).toBe(
    'expected a port from 0 to 65535; 0 picks a free one',
  )
  expect(mistakes.every(({ problem }) => problem.startsWith('expected '))).toBe(true)
})

test('a mistake never tells the value, which may be a secret', () => {
  const secret = 'hunter2-is-not-a-key!'
  const env = {
    PATCHBAY_ADMIN_KEY: secret,
    PATCHBAY_SECRETS_KEY: secret,
    DATABASE_URL: secret,
    PATCHBAY_TYPO: secret,
  }

  expect(() => loadConfig(env, ['--admin-key', secret, `--typo=${secret}`])).toThrow(ConfigError)
  expect(JSON.stringify(mistakesOf(env, ['--admin-key', secret, `--typo=${secret}`]))).not.toContain(secret)
})

test('a variable of ours that nobody reads is a mistake, and the one that was meant is named', () => {
  expect(mistakesOf({ PATCHBAY_DATADIR: 'x', PATCHBAY_PROT: '1', PATCHBAY_ZEBRA_CROSSING: 'x' })).toEqual([
    { name: 'PATCHBAY_DATADIR', problem: 'is no variable of Patchbay; did you mean PATCHBAY_DATA_DIR?' },
    { name: 'PATCHBAY_PROT', problem: 'is no variable of Patchbay; did you mean PORT?' },
    { name: 'PATCHBAY_ZEBRA_CROSSING', problem: 'is no variable of Patchbay' },
  ])
})

test("the client's own variables, and those that Kubernetes sets for a service called patchbay, are no mistakes", () => {
  const env = {
    PATCHBAY_URL: 'http://localhost:4000',
    PATCHBAY_TOKEN: 'x',
    PATCHBAY_PORT: 'tcp://10.0.0.1:4000',
    PATCHBAY_PORT_4000_TCP_ADDR: '10.0.0.1',
    PATCHBAY_SERVICE_HOST: '10.0.0.1',
    PATCHBAY_SERVICE_PORT_HTTP: '4000',
    PATCHBAY_POSTGRES_SERVICE_HOST: '10.0.0.2',
  }
  expect(namesOf(env)).toEqual([])
  expect(namesOf({ PATCHBAY_PORT: '4000' })).toEqual(['PATCHBAY_PORT'])
})

test('the embedded database belongs to ROLE=all', () => {
  expect(namesOf({ ROLE: 'api', PATCHBAY_STORAGE_SHARED: 'true' })).toEqual(['DATABASE_URL'])
  expect(namesOf({ ROLE: 'worker', PATCHBAY_STORAGE_SHARED: 'true' })).toEqual(['DATABASE_URL'])
  expect(namesOf({ DATABASE_OWNER_URL: 'postgresql://o@db/x' })).toEqual(['DATABASE_URL'])
})

test('a shared database needs the key that all processes share', () => {
  expect(namesOf({ DATABASE_URL: 'postgresql://u@db/x' })).toEqual(['PATCHBAY_SECRETS_KEY'])
  expect(namesOf({ ...DATABASE, PATCHBAY_SECRETS_KEY: KEY.subarray(1).toString('base64') })).toEqual([
    'PATCHBAY_SECRETS_KEY',
  ])
})

test.for([
  KEY.toString('base64'),
  KEY.toString('base64url'),
  KEY.toString('hex'),
  KEY.toString('hex').toUpperCase(),
])('a key is 32 bytes, written in base64 or hexadecimal: %s', (text) => {
  expect(loadConfig({ ...DATABASE, PATCHBAY_SECRETS_KEY: text }).secretsKey).toEqual(new Uint8Array(KEY))
})

test('an api or a worker alone must be told that its archive directory is shared', () => {
  const env = { ...DATABASE, ROLE: 'worker' }

  expect(namesOf(env)).toEqual(['PATCHBAY_STORAGE_SHARED'])
  expect(loadConfig({ ...env, PATCHBAY_STORAGE_SHARED: 'true' }).role).toBe('worker')
})

test('the serving connection migrates too where no other is given', () => {
  expect(loadConfig(DATABASE).database).toEqual({
    url: 'postgresql://u:p@db/x',
    ownerUrl: 'postgresql://u:p@db/x',
    pluginUrl: null,
  })
  expect(loadConfig({ ...DATABASE, DATABASE_OWNER_URL: 'postgresql://o@db/x' }).database?.ownerUrl).toBe(
    'postgresql://o@db/x',
  )
})

test('an empty variable is an unset one', () => {
  expect(loadConfig({ PORT: '', DATABASE_URL: '', PATCHBAY_ADMIN_KEY: '' })).toEqual(loadConfig({}))
})

test('production is what is said, else what NODE_ENV says', () => {
  expect(loadConfig({ NODE_ENV: 'production' }).production).toBe(true)
  expect(loadConfig({ NODE_ENV: 'production', PATCHBAY_PRODUCTION: 'false' }).production).toBe(false)
  expect(loadConfig({ PATCHBAY_PRODUCTION: 'true' }).production).toBe(true)
})

test('archives lie where STORAGE_URL says', () => {
  expect(loadConfig({ STORAGE_URL: 'file:///srv/patch%20bay' }).storage.main).toEqual({
    kind: 'file',
    directory: '/srv/patch bay',
  })
  expect(namesOf({ STORAGE_URL: 'file://server/share' })).toEqual(['STORAGE_URL'])
})

test('a flag goes before the environment, which goes before .env, which goes before the default', () => {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'patchbay-config-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  writeFileSync(path.join(directory, '.env'), 'PORT=1\nHOST=from.file\nROLE=all\nPLUGIN_PROCESSES=9\n')
  const program = `import { readConfig } from '${path.resolve('src/config/load-config.ts')}'
    const { port, host, plugins, healthFlushMs } = readConfig(['--port', '3'])
    console.log(JSON.stringify([port, host, plugins.processes, healthFlushMs]))`
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    cwd: directory,
    env: { PORT: '2', HOST: 'from.environment' },
    encoding: 'utf8',
  })

  expect(stderr).toBe('')
  expect(JSON.parse(stdout)).toEqual([3, 'from.environment', 9, 5000])
})

test('secrets have no flag, and trying one says where they go', () => {
  const flags = describeVariables().filter(({ flag }) => flag === null)

  expect(flags.map(({ name }) => name).sort()).toEqual([
    'DATABASE_OWNER_URL',
    'DATABASE_PLUGIN_URL',
    'DATABASE_URL',
    'LLM_API_KEY',
    'PATCHBAY_ADMIN_KEY',
    'PATCHBAY_AZURE_CONNECTION_STRING',
    'PATCHBAY_S3_ACCESS_KEY_ID',
    'PATCHBAY_S3_SECRET_ACCESS_KEY',
    'PATCHBAY_SECRETS_KEY',
    'PATCHBAY_SECRETS_KEY_PREVIOUS',
    'SMTP_URL',
  ])
  expect(mistakesOf({}, ['--admin-key', 'x', 'stray'])).toEqual([
    {
      name: '--admin-key',
      problem: 'is a secret, which no command line should show: set PATCHBAY_ADMIN_KEY in the environment',
    },
    { name: 'argument 3', problem: 'stands without a flag' },
  ])
})
