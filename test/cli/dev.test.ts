import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readArchive } from '../../src/archive/read-archive.ts'
import { developmentVersion, packForDevelopment } from '../../src/cli/dev/dev-package.ts'
import { compare } from 'semver'
import { eventually } from '../support/http.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { emptyFolder, patchbay, start, type Running } from './support/command.ts'
import { openLine } from './support/line.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ env: { PATCHBAY_DEVELOPMENT: 'true' } })
})
afterAll(() => server.close())

const env = (at: TestServer) => ({ PATCHBAY_URL: at.url, PATCHBAY_TOKEN: at.adminKey })

async function newPlugin(id: string): Promise<string> {
  const folder = await emptyFolder()
  const made = await patchbay(['init', 'plugin', '--template', 'integration', '--id', id], { cwd: folder })
  expect(made.stderr).toBe('')
  return path.join(folder, 'plugin')
}

/** The documents that it has written so far. */
const all = (running: Running) =>
  running
    .output()
    .stdout.split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { event: string; version: string; message?: string })

/** Without what the plugin logs. */
const told = (running: Running) =>
  all(running).filter(({ event }) => ['running', 'refused', 'failed'].includes(event))

test('what is saved runs, with no restart; what is refused leaves what ran before; Ctrl-C ends it', async () => {
  const plugin = await newPlugin('saved')
  const main = path.join(plugin, 'main.js')
  const code = await readFile(main, 'utf8')
  const dev = start(['dev', plugin, '--json'], { cwd: plugin, env: env(server) })
  const ping = async () => {
    const answer = await fetch(`${server.url}/ext/saved/ping?site=dev/local`, {
      headers: { authorization: `Bearer ${server.adminKey}` },
    })
    return (await answer.json()) as object
  }
  await eventually('version 1', () => told(dev).length === 1, 1200)
  expect(told(dev)[0]).toMatchObject({ event: 'running', plugin: 'saved', site: 'dev/local' })
  expect(await ping()).toMatchObject({ ok: true })
  await writeFile(
    main,
    code
      .replace("'GET /ping': (ctx) => (", "'GET /ping': (ctx) => console.log('pinged') ?? (")
      .replace('ok: true', 'ok: false'),
  )
  await eventually('version 2', () => told(dev).length === 2, 1200)
  expect(await ping()).toMatchObject({ ok: false })
  await eventually('the log', () => all(dev).some(({ message }) => message === 'pinged'), 1200)
  await writeFile(main, `${code}\nsyntax (`)
  await eventually('version 3', () => told(dev).length === 3, 1200)
  expect(told(dev)[2]).toMatchObject({ event: 'refused' })
  expect(await ping()).toMatchObject({ ok: false })
  await writeFile(main, code.replace('ok: true', "ok: 'again'"))
  await eventually('version 4', () => told(dev).length === 4, 1200)
  expect(await ping()).toMatchObject({ ok: 'again' })
  await writeFile(main, `${code}\nthrow new Error('not today')\n`)
  await eventually('version 5', () => told(dev).length === 5, 1200)
  expect(told(dev)[4]).toMatchObject({
    event: 'failed',
    message: expect.stringMatching(/not today \(main\.js:\d+\)/) as string,
  })
  expect(await ping()).toMatchObject({ ok: 'again' })
  await writeFile(main, code.replace('ok: true', "ok: 'mended'"))
  await eventually('version 6', () => told(dev).length === 6, 1200)
  expect(told(dev)[5]).toMatchObject({ event: 'running' })
  expect(await ping()).toMatchObject({ ok: 'mended' })
  const versions = told(dev)
    .slice(0, 4)
    .map(({ version }) => version)
  expect(versions.toSorted(compare)).toEqual(versions)
  expect(new Set(versions).size).toBe(4)
  dev.process.kill('SIGINT')
  const { code: exit, stderr } = await dev.ended
  expect(exit).toBe(130)
  expect(stderr).toContain('What was installed stays at dev/local.')
}, 60_000)

test('a server that is away for a while ends nothing: what was saved meanwhile runs with the next save', async () => {
  const plugin = await newPlugin('saved-later')
  const main = path.join(plugin, 'main.js')
  const code = `${await readFile(main, 'utf8')}// Better.\n`
  const line = await openLine(server.url)
  const dev = start(['dev', plugin, '--json'], {
    cwd: plugin,
    env: { ...env(server), PATCHBAY_URL: line.url },
  })
  const last = () => told(dev).at(-1)
  await eventually('version 1', () => last()?.event === 'running', 1200)
  line.cut()
  await writeFile(main, code)
  await eventually('no version', () => last()?.event === 'failed', 1200)
  expect(last()?.message).toContain('cannot be reached')
  line.mend()
  await writeFile(main, code)
  await eventually('version 2', () => last()?.event === 'running', 1200)
  dev.process.kill('SIGINT')
  expect((await dev.ended).code).toBe(130)
}, 60_000)

test('what was uninstalled is installed anew, though those that it had replaced are still listed', async () => {
  const { rowCount } = await server.owner.query(
    `update installation set status = 'UNINSTALLED', uninstalled_at = now()
     where plugin_id = (select id from plugin where slug = 'saved') and status = 'ACTIVE'`,
  )
  expect(rowCount).toBe(1)
  const plugin = await newPlugin('saved')
  const anew = await patchbay(['dev', plugin, '--once', '--json'], { cwd: plugin, env: env(server) })
  expect(anew.documents).toMatchObject([{ event: 'running', site: 'dev/local' }])
})

test('a plugin of HIGH risk runs by one approval there, and nowhere else', async () => {
  const plugin = await newPlugin('risky')
  const file = path.join(plugin, 'manifest.json')
  const manifest = JSON.parse(await readFile(file, 'utf8')) as { permissions: object[] }
  manifest.permissions.push({ permission: 'users:write', reason: 'Is tried.' })
  await writeFile(file, JSON.stringify(manifest))
  const once = ['dev', plugin, '--once', '--json']
  const tried = await patchbay(once, { cwd: plugin, env: env(server) })
  expect(tried.documents).toMatchObject([{ event: 'running', plugin: 'risky' }])
  const strict = await startTestServer({ env: { PATCHBAY_ALLOW_SELF_REVIEW: 'true' } })
  const refused = await patchbay(once, { cwd: plugin, env: env(strict) })
  await strict.close()
  expect(refused.code).toBe(4)
  expect(`${refused.stdout}${refused.stderr}`).toContain('PATCHBAY_DEVELOPMENT=true')
})

test('where to run it is asked for where it cannot be told', async () => {
  const plugin = await newPlugin('lost')
  const nowhere = await patchbay(['dev', plugin, '--site', 'acme/none'], { cwd: plugin, env: env(server) })
  expect([nowhere.code, nowhere.stderr]).toEqual([2, expect.stringContaining('has no site "acme/none"')])
  const noFolder = await patchbay(['dev', 'nothing'], { cwd: plugin, env: env(server) })
  expect(noFolder.code).toBe(2)
})

test('versions made while developing lie between the one that the manifest names and the next', () => {
  const [early, late] = [new Date(1000), new Date(2000)]
  for (const [version, next] of [
    ['1.2.3', '1.2.4'],
    ['1.2.3+build', '1.2.4'],
    ['1.0.0-rc.1', '1.0.0-rc.2'],
    ['0.0.0', '0.0.1'],
  ] as const) {
    const made = [developmentVersion(version, early), developmentVersion(version, late)]
    expect([version, ...made, next].toSorted(compare)).toEqual([version, ...made, next])
  }
})

test("what is sent is the author's own manifest, line for line, under the version of that save", async () => {
  const plugin = await newPlugin('own-lines')
  const file = path.join(plugin, 'manifest.json')
  const written = (await readFile(file, 'utf8')).replace(
    /"version": "([^"]*)",/,
    '"dependencies": { "version": "$1" },\n\n\t"version" : "$1",',
  )
  await writeFile(file, written)
  const { bytes, version } = await packForDevelopment(plugin, new Date())
  const { archive } = await readArchive(bytes)
  expect(new TextDecoder().decode(archive!.entries.get('manifest.json'))).toBe(
    written.replace(/"version" : "[^"]*"/, `"version" : "${version}"`),
  )
})
