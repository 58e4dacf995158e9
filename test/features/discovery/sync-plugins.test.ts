import { rmSync } from 'node:fs'
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { SyncPluginsDocument } from '../../../schema/generated/graphql.ts'
import { graphClient, type GraphClient } from '../../../scripts/lib/graph-client.ts'
import { SERVICE } from '../../../src/auth/actor.ts'
import { syncPlugins } from '../../../src/features/discovery/sync-plugins.ts'
import { packFolder } from '../../../src/features/discovery/pack-folder.ts'
import { goodManifest, pluginZip } from '../../archive/support/plugin-files.ts'
import { eventually } from '../../support/http.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { openStage, refusalOf } from '../../support/stage.ts'

const EXAMPLES = path.join(import.meta.dirname, '../../../plugins-examples')

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'patchbay-plugins-'))
})
afterEach(() => rm(directory, { recursive: true }))

let server: TestServer
let admin: GraphClient
beforeAll(async () => {
  server = await startTestServer({ worker: false })
  admin = graphClient(server.url, server.adminKey)
})
afterAll(async () => {
  await admin.close()
  await server.close()
})

/** Writes a plugin's folder. */
async function putFolder(
  name: string,
  change: Record<string, unknown>,
  code = 'export default {}\n',
): Promise<string> {
  const folder = path.join(directory, name)
  await mkdir(folder, { recursive: true })
  await writeFile(path.join(folder, 'manifest.json'), JSON.stringify({ ...goodManifest, ...change }))
  await writeFile(path.join(folder, 'main.js'), code)
  return folder
}

async function sync() {
  // Config is fixed when a service starts; the directory of each test is another.
  Object.assign(server.app.config, { pluginsDirectory: directory })
  return (await admin.request(SyncPluginsDocument, {})).syncPlugins
}

test('folders and archives become submissions; a second time there is nothing new', async () => {
  await putFolder('one', { id: 'found-one' })
  await writeFile(path.join(directory, 'two.zip'), pluginZip({ ...goodManifest, id: 'found-two' }))
  await mkdir(path.join(directory, 'no-plugin'))
  await writeFile(path.join(directory, 'notes.txt'), 'not a plugin')
  const first = await sync()
  expect(first).toMatchObject({ discovered: 2, userErrors: [] })
  expect(first.submitted.map((it) => it.plugin.slug).sort()).toEqual(['found-one', 'found-two'])
  expect(await sync()).toMatchObject({ discovered: 2, submitted: [], userErrors: [] })
})

test('what cannot be taken is told by its name, and does not keep the others out', async () => {
  await putFolder('broken', { id: 'found-broken', version: 'one' })
  const linked = await putFolder('linked', { id: 'found-linked' })
  await symlink('/etc/passwd', path.join(linked, 'passwd'))
  await writeFile(path.join(directory, 'junk.mpk'), 'junk')
  await putFolder('sound', { id: 'found-sound' })
  const { discovered, submitted, userErrors } = await sync()
  expect(discovered).toBe(4)
  expect(submitted.map((it) => it.plugin.slug)).toEqual(['found-sound'])
  expect(userErrors.map(({ code, field }) => [code, field?.[0]])).toEqual([
    ['MANIFEST_INVALID', 'broken'],
    ['ARCHIVE_REJECTED', 'junk.mpk'],
    ['ARCHIVE_REJECTED', 'linked'],
  ])
})

test('what goes while the directory is read is told, and does not keep the others out', async () => {
  for (const name of ['a', 'b', 'c']) {
    const zip = pluginZip({ ...goodManifest, id: `leaves-${name}` })
    await writeFile(path.join(directory, `${name}.zip`), zip)
  }
  await mkdir(path.join(directory, 'empty.zip'))
  // The time is asked for with the first submission: from then on the second archive is not there any more.
  const now = (): Date => {
    rmSync(path.join(directory, 'b.zip'), { force: true })
    return server.app.clock.now()
  }
  const config = { ...server.app.config, pluginsDirectory: directory }
  const { packageIds, userErrors } = await syncPlugins({ ...server.app, config, clock: { now } }, SERVICE)
  expect(packageIds).toHaveLength(2)
  expect(userErrors.map(({ code, message }) => [code, message])).toEqual([
    ['ARCHIVE_REJECTED', 'b.zip: It cannot be read: ENOENT. Sync again when it lies there whole.'],
    ['ARCHIVE_REJECTED', 'empty.zip: empty.zip holds no files to pack.'],
  ])
})

test('a folder that was changed without a new version is told, not taken', async () => {
  await putFolder('same', { id: 'found-same' })
  await sync()
  await putFolder('same', { id: 'found-same' }, 'export default { hooks: {} }\n')
  const { submitted, userErrors } = await sync()
  expect(submitted).toEqual([])
  expect(userErrors.map((error) => error.code)).toEqual(['VERSION_EXISTS'])
})

test('without a directory, and without the right to submit for the platform, it says so', async () => {
  Object.assign(server.app.config, { pluginsDirectory: null })
  const { syncPlugins } = await admin.request(SyncPluginsDocument, {})
  expect(syncPlugins.userErrors.map((error) => error.code)).toEqual(['INVALID_STATE'])
  Object.assign(server.app.config, { pluginsDirectory: path.join(directory, 'gone') })
  const gone = await admin.request(SyncPluginsDocument, {})
  expect(gone.syncPlugins.userErrors.map((error) => error.code)).toEqual(['INVALID_STATE'])
  const stage = await openStage(server, 'no-sync')
  expect((await refusalOf(stage.operator.request(SyncPluginsDocument, {})))?.code).toBe('FORBIDDEN')
  await stage.close()
})

test('the directory is read at start; what was refused is not tried at each', async () => {
  await putFolder('early', { id: 'found-early' })
  await putFolder('broken', { id: 'found-bad', version: 'one' })
  const env = { PATCHBAY_PLUGINS_DIR: directory }
  const first = await startTestServer({ env })
  const { prisma } = first.app.database
  const logged = (of: TestServer): boolean =>
    of.logLines.some((line) => line.includes('the plugins directory was read'))
  await eventually('the directory was read', () => logged(first))
  expect(await prisma.package.count({ where: { plugin: { slug: 'found-early' } } })).toBe(1)
  const attempts = await prisma.submission.count()
  const second = await startTestServer({ env, databaseUrl: first.app.database.url })
  await eventually('the directory was read again', () => logged(second))
  expect(await prisma.submission.count()).toBe(attempts)
  await second.close()
  await first.close()
})

test('a folder is packed to the same bytes wherever and whenever it lies', async () => {
  const copy = path.join(directory, 'copy')
  await cp(path.join(EXAMPLES, 'mikrotik'), copy, { recursive: true })
  await writeFile(path.join(copy, '.hidden'), 'left out')
  await mkdir(path.join(copy, 'node_modules'))
  await writeFile(path.join(copy, 'node_modules', 'left-out.js'), '')
  for (const format of ['zip', 'mpk'] as const) {
    const here = await packFolder(path.join(EXAMPLES, 'mikrotik'), format)
    const there = await packFolder(copy, format)
    expect(there.digest).toBe(here.digest)
    expect(there.files).toEqual(here.files)
  }
})
