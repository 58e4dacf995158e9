import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import formatsPlugin from 'ajv-formats'
import { parse } from 'graphql'
import { expect, test } from 'vitest'
import { parse as parseYaml } from 'yaml'
import {
  examplesFolder,
  exampleConfiguration,
  listExamples,
  packExample,
} from '../scripts/lib/example-packages.ts'
import { checkPackage } from '../src/archive/check-package.ts'
import type { Manifest } from '../src/archive/manifest.ts'
import { checkLevel } from '../src/features/settings/effective-settings.ts'

const ids = await listExamples()
/** What plugins are given as `ctx`. */
const guestContext = join(import.meta.dirname, '../src/runtime/child/guest/context.mjs')

async function manifestOf(id: string): Promise<Manifest> {
  const { manifest } = await checkPackage((await packExample(id)).zip)
  if (manifest === null) throw new Error(`${id} is refused`)
  return manifest
}

test('there are the eight examples', () => {
  expect(ids).toEqual([
    'daily-kpi',
    'midnight-theme',
    'mikrotik',
    'prompt-guard',
    'slack-notifier',
    'supplier-db',
    'supplier-risk-analyzer',
    'welcome-email',
  ])
})

test.each(ids)('%s passes every check, as ZIP and as MPK, with the same entries', async (id) => {
  const packed = await packExample(id)
  const zip = await checkPackage(packed.zip)
  const mpk = await checkPackage(packed.mpk)
  for (const { report, manifest } of [zip, mpk]) {
    if (manifest === null) throw new Error(`${id} is refused`)
    expect(report.findings.filter((finding) => finding.severity !== 'INFO')).toEqual([])
    expect(report.valid).toBe(true)
    expect(manifest).toMatchObject({ id, version: packed.version })
  }
  expect(zip.archive?.format).toBe('ZIP')
  expect(mpk.archive?.format).toBe('MPK')
  expect(textsOf(mpk.archive?.entries)).toEqual(textsOf(zip.archive?.entries))
  expect(textsOf(zip.archive?.entries)).toEqual(textsOf(packed.entries))
})

test.each(ids)('%s packs to the same bytes each time', async (id) => {
  const [first, second] = [await packExample(id), await packExample(id)]
  expect(Buffer.compare(first.zip, second.zip)).toBe(0)
  expect(Buffer.compare(first.mpk, second.mpk)).toBe(0)
})

test('a second version of a plugin differs in its manifest only', async () => {
  const first = await packExample('welcome-email')
  const second = await packExample('welcome-email', { version: '1.1.0' })
  const { report, manifest, archive } = await checkPackage(second.zip)
  expect(report.findings).toEqual([])
  expect(manifest?.version).toBe('1.1.0')
  const texts = textsOf(archive?.entries)
  const before = textsOf(first.entries)
  expect(JSON.parse(texts['manifest.json'] ?? '')).toEqual({
    ...(JSON.parse(before['manifest.json'] ?? '') as object),
    version: '1.1.0',
  })
  expect({ ...texts, 'manifest.json': '' }).toEqual({ ...before, 'manifest.json': '' })
})

test.each(ids)('%s has settings whose defaults and example its own schema accepts', async (id) => {
  const manifest = await manifestOf(id)
  const { settings } = manifest
  if (settings === null) return
  // Strict, unlike the platform: a keyword that is mistyped shows.
  const ajv = new Ajv2020({ strict: true, useDefaults: true, allErrors: true })
  formatsPlugin.default(ajv)
  const validate = ajv.compile(settings)
  for (const configuration of [{}, await exampleConfiguration(id)]) {
    const site = { field: 'configuration', partial: false }
    expect(checkLevel(manifest, [], configuration, site)).toEqual(configuration)
    expect(validate(configuration), ajv.errorsText(validate.errors)).toBe(true)
  }
})

test.each(ids)('%s gives a reason for each permission that it asks for', async (id) => {
  const { permissions } = await manifestOf(id)
  expect(permissions.filter(({ reason }) => (reason?.length ?? 0) < 20)).toEqual([])
})

/** How the use of a permission shows in a plugin's code or manifest. */
const uses: Record<string, (source: string, manifest: Manifest) => boolean> = {
  'events:emit': (source) => source.includes('ctx.events.emit('),
  'db:read': (source) => source.includes('ctx.db.query('),
  'http:outbound': (source) => source.includes('ctx.http.fetch('),
  'llm:invoke': (source) => source.includes('ctx.llm.complete('),
  'mail:send': (source) => source.includes('ctx.mail.send('),
  'secrets:read': (source) => source.includes('ctx.secrets.get('),
  'hooks:abort': (source, { hooks }) => hooks.length > 0 && source.includes('new PluginError('),
  'routes:serve': (_source, { routes }) => routes.length > 0,
  'storage:read': (source) =>
    /ctx\.(collections\.\w+\.(get|find|count)|files\.(read|list))\(/.test(source) ||
    /= ctx\.collections$/m.test(source),
  'storage:write': (source) => /ctx\.(collections\.\w+\.(insert|update)|files\.write)\(/.test(source),
  'ui:modify': (_source, { contributes }) =>
    [contributes.navigation, contributes.dashboardWidgets, contributes.views, contributes.themes].some(
      (list) => list.length > 0,
    ),
}

test('every kind of handler and every capability is in some example', async () => {
  const manifests = await Promise.all(ids.map(manifestOf))
  const kinds = ['hooks', 'events', 'filters', 'routes', 'jobs', 'migrations', 'webhooks', 'secrets'] as const
  expect(kinds.filter((kind) => manifests.every((manifest) => manifest[kind].length === 0))).toEqual([])
  const source = (await Promise.all(ids.map(sourceOf))).join('\n')
  const [made = ''] = /^export function makeContext.*?^\}/ms.exec(await readFile(guestContext, 'utf8')) ?? []
  const given = [...made.matchAll(/^ {4}(\w+): /gm)].map(([, part]) => part!)
  expect(given).toContain('collections')
  // These two are facts that each plugin could do without.
  const parts = given.filter((part) => !['organization', 'permissions'].includes(part))
  expect(
    parts.filter((part) => !new RegExp(`ctx\\.${part}\\b|\\} = ctx\\.${part}$`, 'm').test(source)),
  ).toEqual([])
  // Nothing that they hold in memory needs `onUnload`.
  const turns = ['onLoad', 'onInstall', 'onActivate', 'onDeactivate', 'onUpgrade', 'onUninstall', 'health']
  expect(turns.filter((turn) => !source.includes(`${turn}: `))).toEqual([])
})

test.each(ids)('%s asks for what it uses, and for nothing else', async (id) => {
  const manifest = await manifestOf(id)
  const source = await sourceOf(id)
  const used = Object.entries(uses)
    .filter(([, isUsed]) => isUsed(source, manifest))
    .map(([permission]) => permission)
  expect(manifest.permissions.map(({ permission }) => permission).sort()).toEqual(used.sort())
})

test.each(ids)(
  '%s tells in its README every setting, secret, route, job, hook and permission',
  async (id) => {
    const manifest = await manifestOf(id)
    const readme = await readmeOf(id)
    const names = [
      ...Object.keys((manifest.settings?.['properties'] ?? {}) as object),
      ...manifest.secrets.map(({ key }) => key),
      ...manifest.routes.map(({ method, path }) => `${method} ${path}`),
      ...manifest.jobs.map(({ name }) => name),
      ...manifest.hooks,
      ...manifest.filters,
      ...manifest.events,
      ...manifest.permissions.map(({ permission }) => permission),
      ...manifest.contributes.themes.map(({ key }) => key),
    ]
    expect(names.filter((name) => !readme.includes(name))).toEqual([])
  },
)

test.each(ids)('%s shows GraphQL and JSON in its README that parse', async (id) => {
  const blocks = [...(await readmeOf(id)).matchAll(/```(graphql|json)\n([\s\S]*?)```/g)]
  expect(blocks.some(([, language]) => language === 'graphql')).toBe(true)
  for (const [, language, text = ''] of blocks) {
    if (language === 'graphql') parse(text)
    else JSON.parse(text)
  }
})

test("slack-notifier's webhook is what the plugin format asks for, and names modules and secrets that are there", async () => {
  const manifest = await manifestOf('slack-notifier')
  const texts = textsOf((await packExample('slack-notifier')).entries)
  const source = texts[manifest.webhooks[0] ?? ''] ?? ''
  const webhook = parseYaml(source) as { api_version: string; transform: { language: string; entry: string } }
  expect(webhook.api_version).toBe('v1')
  expect(webhook.transform.language).toBe('javascript')
  const [path = '', exported = ''] = webhook.transform.entry.split('#')
  expect(texts[path]).toContain(`export function ${exported}(`)
  const secrets = [...source.matchAll(/\$\{SECRET:(\w+)\}/g)].map(([, key]) => key)
  expect(new Set(secrets)).toEqual(new Set(manifest.secrets.map(({ key }) => key)))
})

/** All modules of an example. */
async function sourceOf(id: string): Promise<string> {
  return Object.entries(textsOf((await packExample(id)).entries))
    .filter(([path]) => path.endsWith('.js'))
    .map(([, text]) => text)
    .join('\n')
}

async function readmeOf(id: string): Promise<string> {
  return await readFile(join(examplesFolder, id, 'README.md'), 'utf8')
}

function textsOf(entries: ReadonlyMap<string, Uint8Array> | undefined): Record<string, string> {
  return Object.fromEntries(
    [...(entries ?? [])].map(([path, bytes]) => [path, Buffer.from(bytes).toString('utf8')]),
  )
}
