import { expect, test } from 'vitest'
import { errorsOf, scanFiles, scanMain } from './support/scan.ts'

const plugin = (body: string): string =>
  `import { definePlugin } from 'patchbay'\nexport default definePlugin({ ${body} })`

test.each([
  ['http:outbound', `jobs: { a: (ctx) => ctx.http.fetch('/') }`],
  ['by another name', `jobs: { a: (context) => context.http.fetch('/') }`],
  ['a method', `async health(c) { return c.db.query('SELECT 1') }`],
  ['destructured', `hooks: { a: ({ mail }) => mail.send({}) }`],
  ['destructured later', `hooks: { a(ctx) { const { llm: model } = ctx; return model.complete({}) } }`],
  ['an alias', `hooks: { a(ctx) { const store = ctx.files; return store.write('a', 'b') } }`],
  ['a key in pieces', `hooks: { a: (ctx) => ctx['ht' + 'tp'].fetch('/') }`],
  ['events', `events: { 'a.b': (ctx) => ctx.events.emit('x.y', {}) }`],
])('a capability without its permission is found: %s', async (_what, body) => {
  expect(await errorsOf(plugin(body))).toEqual(['scan.capability.undeclared'])
})

test('it is found in handlers that are declared elsewhere in the file, and in files that are handed ctx', async () => {
  const main = `import { definePlugin } from 'patchbay'\nimport { send } from './lib/send.js'\nconst run = async (c) => c.db.query('')\nexport default definePlugin({ jobs: { run, send } })`
  const lib = `export function send(ctx) {\n  return ctx.mail.send({})\n}`
  const jobs = [{ name: 'run' }, { name: 'send' }]
  const findings = await scanFiles({ 'main.js': main, 'lib/send.js': lib }, { jobs })
  expect(findings.map(({ check, path, line }) => [check, path, line])).toEqual([
    ['scan.capability.undeclared', 'main.js', 3],
    ['scan.capability.undeclared', 'lib/send.js', 2],
  ])
})

test('with its permission it is not, and other things of those names are not', async () => {
  const network = { permissions: ['http:outbound'], network: { allow: ['api.acme.io'] } }
  expect(await scanMain(plugin(`health: (ctx) => ctx.http.fetch('https://api.acme.io/')`), network)).toEqual(
    [],
  )
  expect(await scanMain(plugin(`health: (ctx, db) => db.http.fetch(ctx.settings.http)`))).toEqual([])
  expect(await scanMain(`const ctx = { db: [] }\nexport const f = () => ctx.db`)).toEqual([])
})

test('a permission that nothing uses is warned of', async () => {
  const asked = { permissions: ['db:read', 'storage:read', 'materials:write'] }
  expect(await scanMain(plugin(`health: (ctx) => ctx.files.list()`), asked)).toEqual([
    'WARNING scan.capability.unused -',
  ])
  expect(await scanMain(plugin(`health: (ctx, name) => ctx[name]()`), asked)).toEqual([])
})

test('what the manifest names and the code does not handle is warned of, with a guess', async () => {
  const named = {
    hooks: ['order_check'],
    events: ['shop.order.*', 'auth.user.created'],
    routes: [{ method: 'GET', path: '/count' }],
    jobs: [{ name: 'recount' }],
    permissions: ['routes:serve'],
  }
  const whole = `hooks: { order_check() {} }, events: { 'shop.order.placed'() {}, 'auth.*'() {} }, routes: { 'GET /count': count }`
  expect(await scanMain(plugin(`${whole}, jobs: { recount() {} }`), named)).toEqual([])
  const source = plugin(`${whole}, jobs: { re_count() {} }`)
  const findings = await scanFiles({ 'main.js': source }, named)
  expect(findings).toMatchObject([{ severity: 'WARNING', check: 'scan.handlers.missing', line: 2 }])
  expect(findings[0]!.message).toMatch(/"recount" in "jobs".*Did you mean "re_count"\?$/)
  expect(await scanMain(plugin(''), named)).toHaveLength(5)
  expect(await scanMain('export const plugin = { hooks: {} }', named)).toEqual([
    'WARNING scan.handlers.missing 1',
  ])
  expect(await scanMain('const it = made()\nexport { it as default }', named)).toEqual([])
  // What is made up at run time is not guessed at.
  expect(await scanMain(plugin(`...more, jobs`), named)).toEqual([])
  expect(await scanMain(plugin(`${whole}, jobs: { [name]() {} }`), named)).toEqual([])
})

test('secrets that only webhooks read are used', async () => {
  const change = { permissions: ['secrets:read'], secrets: [{ key: 'URL_A' }] }
  const findings = await scanFiles({ 'webhooks/a.yaml': 'delivery: { url: "${SECRET:URL_A}" }' }, change)
  expect(findings).toEqual([])
})

test('secrets and collections that are not declared are found, with a guess', async () => {
  const change = {
    permissions: ['secrets:read', 'storage:read'],
    secrets: [{ key: 'SLACK_TOKEN' }],
    collections: { widgets: { schema: { type: 'object' } } },
  }
  const source = plugin(`health: async (ctx, name) => {
    await ctx.secrets.get('SLACK_TOKEN'); await ctx.secrets.get(name); await ctx.collections.widgets.find()
    await ctx.secrets.get('SLACK_TOKE')
    const { collections: { gadgets } } = ctx
    return gadgets.find() }`)
  const findings = await scanFiles({ 'main.js': source }, change)
  expect(findings.map(({ severity, check, line }) => `${severity} ${check} ${line}`)).toEqual([
    'ERROR scan.capability.secret 4',
    'ERROR scan.capability.collection 6',
  ])
  expect(findings[0]!.message).toContain('Did you mean "SLACK_TOKEN"?')
})

test.each([
  ['another host', `export const u = 'https://evil.io/x'`],
  ['another port', `export const u = 'https://api.acme.io:8443/x'`],
  ['two labels for one', `export const u = 'https://a.b.acme.org/x'`],
  ['an address', `export const u = 'http://169.254.169.254/latest'`],
  ['the beginning of a template', 'export const f = (x) => `https://evil.io/${x}`'],
  ['a socket', `export const u = 'wss://evil.io'`],
  ['in a list', `export const u = 'a=https://evil.io'.split('=')`],
])('an address that the manifest does not allow is warned of: %s', async (_what, source) => {
  expect(await scanMain(source, allowing)).toContain('WARNING scan.network-literals 1')
})

test.each([
  ['the host', `export const u = 'https://api.acme.io/x'`],
  ['the wildcard', `export const u = 'https://a.acme.org/x'`],
  ['a host made at run time', 'export const f = (x) => `https://${x}/y`, g = (x) => `https://api.${x}.io/`'],
  ['a comment', `// https://evil.io/docs\nexport {}`],
  ['what an error says', `export const f = () => { throw new TypeError('https://evil.io/docs') }`],
  ['what the log says', `export const f = (ctx) => ctx.log.warn('https://evil.io/docs')`],
  ['prose', `export const help = 'To learn more about it see https://evil.io/docs.'`],
  ['the name of a vocabulary', `export const ns = 'http://www.w3.org/2000/svg'`],
  ['an example', `export const u = 'https://example.com/'`],
])('other addresses are not: %s', async (_what, source) => {
  expect(await scanMain(source, allowing)).toEqual(['WARNING scan.capability.unused -'])
})

const allowing = { permissions: ['http:outbound'], network: { allow: ['api.acme.io', '*.acme.org'] } }

test('what the code handles and the manifest does not name is warned of, and keys that nobody reads', async () => {
  const named = { hooks: ['order_check'], events: ['shop.order.*'] }
  const whole = `hooks: { order_check() {} }, events: { 'shop.order.placed'() {} }, onActivate() {}, health() {}`
  expect(await scanMain(plugin(whole), named)).toEqual([])
  const more = `, jobs: { recount() {} }, onActivated() {}`
  const findings = await scanFiles({ 'main.js': plugin(`${whole}${more}`) }, named)
  expect(findings.map(({ check, severity }) => `${severity} ${check}`)).toEqual(
    Array.from({ length: 2 }, () => 'WARNING scan.handlers.undeclared'),
  )
  const [key, job] = findings.map(({ message }) => message)
  expect(key).toBe('definePlugin reads no key "onActivated": nobody calls it. Did you mean "onActivate"?')
  expect(job).toMatch(/^The code handles "recount", which "jobs" of the manifest does not name: nobody calls/)
  // What is made up at run time is not guessed at.
  expect(await scanMain(plugin(`${whole}, ...more${more}`), named)).toEqual([])
})

test.each([
  ['ctx.http.get("/")', 'There is no "ctx.http.get": ctx.http has "fetch".'],
  [
    'ctx.collections.boxes.inserted({})',
    'There is no "ctx.collections.boxes.inserted". Did you mean "insert"?',
  ],
  ['ctx.log("hello")', '"ctx.log" is no function: ctx.log has "debug", "info", "warn", "error".'],
  ['ctx.setings.a', 'There is no "ctx.setings". Did you mean "settings"?'],
  [
    '[ctx.settings.a.b(), ctx.site.name.trim(), typeof ctx.queue, ctx.log.info, ctx.license?.type]',
    undefined,
  ],
])('`%s` is a part of ctx that there is not', async (code, message) => {
  const change = {
    permissions: ['http:outbound', 'storage:read', 'storage:write'],
    network: { allow: ['api.example.com'] },
    collections: { boxes: { schema: { type: 'object' } } },
    jobs: [{ name: 'a' }],
  }
  const findings = await scanFiles({ 'main.js': plugin(`jobs: { a: (ctx) => ${code} }`) }, change)
  const unknown = findings.filter(({ check }) => check === 'scan.capability.unknown')
  expect(unknown.map((it) => it.message)).toEqual(message === undefined ? [] : [message])
})
