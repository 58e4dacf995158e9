import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { limitsOf } from '../../src/features/invocations/limits-of.ts'
import { createTestHost, type TestHost } from '../../src/testing/create-test-host.ts'
import { readPlugin } from '../../src/testing/read-plugin.ts'
import { scriptedCapabilities } from '../../src/testing/scripted-capabilities.ts'
import { permissions } from '../../src/archive/permissions.ts'
import { goodManifest } from '../archive/support/plugin-files.ts'

const CODE = `import { definePlugin, PluginError } from 'patchbay'
export default definePlugin({
  onActivate: (ctx) => { console.log('on', ctx.site.slug) },
  onUpgrade: () => { for (;;); },
  hooks: {
    ask: async (ctx, input) => ({ ...(await ctx.http.fetch(input.url)).json(), token: await ctx.secrets.get('TOKEN') }),
    refuse: () => { throw new PluginError('no', { code: 'NO' }) },
    loop: () => { for (;;); },
    mail: (ctx) => ctx.mail.send({ to: 'a@example.com', subject: 's', text: 't' }),
    files: (ctx) => ctx.files.read('a'),
  },
  events: { 'a.*': (ctx, event) => ctx.events.emit('tested.heard', { type: event.type }) },
  filters: { shout: (ctx, value) => value.toUpperCase() },
  routes: { 'POST /things/:id': (ctx, request) => ({ status: 201, body: { id: request.params.id, got: request.body } }) },
  jobs: { count: (ctx, payload) => payload.n + ctx.settings.step, loop: () => { for (;;); }, patient: () => new Promise(() => {}) },
  health: () => ({ status: 'healthy' }),
})
`
const MANIFEST = {
  ...goodManifest,
  id: 'tested',
  permissions: [
    'http:outbound',
    'secrets:read',
    'events:emit',
    'routes:serve',
    'hooks:abort',
    'storage:read',
  ].map((permission) => ({ permission, reason: 'Is tested.' })),
  network: { allow: ['api.example.com'] },
  hooks: ['ask', 'refuse', 'loop', 'mail', 'files'],
  events: ['a.*'],
  filters: ['shout'],
  routes: [{ method: 'POST', path: '/things/:id' }],
  jobs: [{ name: 'count' }, { name: 'forgotten' }, { name: 'loop' }, { name: 'patient', timeoutSeconds: 1 }],
  secrets: [{ key: 'TOKEN' }],
  settings: { type: 'object', properties: { step: { type: 'integer', default: 2 } } },
  limits: { timeoutMs: 300 },
}

let folder: string
let host: TestHost
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'patchbay-tested-'))
  await mkdir(path.join(folder, 'plugin'))
  await writeFile(path.join(folder, 'plugin/manifest.json'), JSON.stringify(MANIFEST))
  await writeFile(path.join(folder, 'plugin/main.js'), CODE)
  host = await createTestHost(path.join(folder, 'plugin'), {
    secrets: { TOKEN: 't0k' },
    capabilities: {
      'http.fetch': ({ url }: { url: string }) => ({ status: 200, body: JSON.stringify({ asked: url }) }),
    },
  })
})
afterAll(async () => {
  await host.close()
  await rm(folder, { recursive: true, force: true })
})

test('handlers of every kind run in the sandbox, with what the test scripts', async () => {
  expect(await host.hook('ask', { url: 'https://api.example.com/' })).toMatchObject({
    outcome: 'OK',
    value: { asked: 'https://api.example.com/', token: 't0k' },
  })
  expect((await host.event('a.b')).outcome).toBe('OK')
  expect(host.events).toEqual([{ type: 'tested.heard', payload: { type: 'a.b' } }])
  expect(host.calls.map(({ operation }) => operation)).toEqual(['http.fetch', 'secrets.get', 'events.emit'])
  expect((await host.filter('shout', 'a')).value).toBe('A')
  const { response } = await host.route('POST /things/7', { body: { a: 1 } })
  expect(response).toMatchObject({ status: 201, body: JSON.stringify({ id: '7', got: { a: 1 } }) })
  expect((await host.job('count', { n: 1 })).value).toBe(3)
  expect((await host.health()).value).toEqual({ status: 'healthy' })
  expect((await host.lifecycle('onActivate')).logs).toEqual([{ level: 'info', message: 'on test' }])
})

test('what a server would not let it do, fails in the test as well', async () => {
  expect(await host.hook('refuse')).toMatchObject({ outcome: 'ABORTED', error: { code: 'NO' } })
  expect((await host.hook('loop')).outcome).toBe('TIMEOUT')
  expect(await host.hook('mail')).toMatchObject({ outcome: 'DENIED', deniedOperations: ['mail.send'] })
  const unscripted = await host.hook('files')
  expect(unscripted).toMatchObject({ outcome: 'ERROR', error: { code: 'NOT_SCRIPTED' } })
  expect(unscripted.error!.message).toContain("'files.read'")
  await expect(host.route('GET /none')).rejects.toThrow('has no route GET /none')
  await expect(host.hook('nobody')).rejects.toThrow('has no hook nobody')
  await expect(host.event('b.a')).rejects.toThrow('has no event b.a')
  expect(await host.job('forgotten')).toMatchObject({
    handled: false,
    logs: [{ level: 'warn', message: 'There is no handler for forgotten in jobs of main.js.' }],
  })
  await expect(createTestHost(path.join(folder, 'plugin'), { settings: { step: 'wide' } })).rejects.toThrow(
    /settings\.step/,
  )
})

test('a manifest lowers the time of every call: of all kinds, of the long ones, of one job', async () => {
  const late = (time: string) => ({
    outcome: 'TIMEOUT',
    error: { message: `The code did not finish within its time limit of ${time} s.` },
  })
  expect(await host.job('loop')).toMatchObject(late('0.3'))
  expect(await host.lifecycle('onUpgrade')).toMatchObject(late('0.3'))
  expect(await host.job('patient')).toMatchObject(late('1'))

  const platform = { timeoutMs: 5000, jobTimeoutMs: 30_000, memoryMb: 100 }
  const { manifest } = await readPlugin(path.join(folder, 'plugin'))
  const ofAll = (own: object) => {
    const limits = { memoryMb: null, timeoutMs: null, jobTimeoutMs: null, ...own }
    const timeOf = (kind: 'HOOK' | 'LIFECYCLE' | 'MIGRATION' | 'JOB', name = '') =>
      limitsOf(platform, { ...manifest, limits }, { kind, name }).timeoutMs
    return [timeOf('HOOK'), timeOf('LIFECYCLE'), timeOf('MIGRATION'), timeOf('JOB'), timeOf('JOB', 'patient')]
  }
  expect(ofAll({})).toEqual([5000, 30_000, 30_000, 30_000, 1000])
  expect(ofAll({ timeoutMs: 200 })).toEqual([200, 200, 200, 200, 1000])
  expect(ofAll({ timeoutMs: 200, jobTimeoutMs: 8000 })).toEqual([200, 8000, 8000, 8000, 1000])
  expect(ofAll({ jobTimeoutMs: 8000 })).toEqual([5000, 8000, 8000, 8000, 1000])
  expect(ofAll({ timeoutMs: 60_000 })).toEqual([5000, 30_000, 30_000, 30_000, 1000])
})

test('a plugin that would be refused is told with what stands against it', async () => {
  const broken = path.join(folder, 'broken')
  await mkdir(broken)
  await writeFile(path.join(broken, 'manifest.json'), JSON.stringify({ ...MANIFEST, version: 'one' }))
  await writeFile(path.join(broken, 'main.js'), CODE)
  await expect(createTestHost(broken)).rejects.toThrow(/manifest\.version\.semver/)
})

test('a test can script all that a plugin can ask for', async () => {
  const guest = path.join(import.meta.dirname, '../../src/runtime/child/guest')
  const texts = await Promise.all(
    ['context.mjs', 'http.mjs'].map((file) => readFile(path.join(guest, file), 'utf8')),
  )
  const asked = texts.flatMap((text) =>
    [...text.matchAll(/\bask\(\s*'([\w.]+)'/g)].map(([, operation]) => operation),
  )
  const { manifest } = await readPlugin(path.join(folder, 'plugin'))
  const scripted = scriptedCapabilities({
    manifest,
    permissions: Object.keys(permissions),
    secrets: {},
    capabilities: {},
    calls: [],
  })
  expect(new Set(Object.keys(scripted))).toEqual(new Set(asked))
})
