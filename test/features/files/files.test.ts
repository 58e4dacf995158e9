import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { accepted } from '../../../scripts/lib/accepted.ts'
import { collectBlobs } from '../../../src/features/packages/collect-blobs.ts'
import { digestOfBytes } from '../../../src/lib/digest-of-bytes.ts'
import type { JsonValue } from '../../../src/lib/json.ts'
import { askerOf, deniedOf, type Ask } from '../../support/asking.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { install, openStage, publishPlugin, rowId, run, type TestStage } from '../../support/stage.ts'

const permissions = ['storage:read', 'storage:write']
const MiB = 1024 ** 2
let server: TestServer
let stage: TestStage
let other: TestStage
let ask: Ask
let atOtherSite: Ask
let askOther: Ask
let neighbour: Ask
beforeAll(async () => {
  server = await startTestServer({ worker: false, env: { PLUGIN_FILES_QUOTA_MB: '2' } })
  stage = await openStage(server, 'acme')
  other = await openStage(server, 'globex')
  const code = 'export default {}\n'
  const packageId = await publishPlugin(stage, { id: 'archivist', permissions }, code)
  ask = await askerOf(server, await installed(stage, packageId, stage.siteIds[0]!))
  atOtherSite = await askerOf(server, await installed(stage, packageId, stage.siteIds[1]!))
  askOther = await askerOf(server, await installed(other, packageId, other.siteIds[0]!))
  neighbour = await askerOf(server, await run(stage, { id: 'neighbour', permissions }, code))
})
afterAll(async () => {
  await Promise.all([stage.close(), other.close()])
  await server.close()
})

async function installed(by: TestStage, packageId: string, siteId: string): Promise<string> {
  return accepted(await install(by, packageId, { siteId, activate: true })).installation!.id
}

const write = (path: string, content: string, encoding = 'utf8', by = ask) =>
  by('files.write', { path, content, encoding })
const read = (path: string, encoding = 'utf8', by = ask) => by('files.read', { path, encoding })
const paths = async (input: JsonValue, by = ask): Promise<string[]> =>
  ((await by('files.list', input)) as unknown as { files: { path: string }[] }).files.map(({ path }) => path)
const hasBlob = async (content: string): Promise<boolean> => {
  const digest = await digestOfBytes(Buffer.from(content))
  return await server.app.blobs.main.get(digest).then(
    () => true,
    () => false,
  )
}
const usage = async () =>
  (await server.app.database.pool.query('select files, file_bytes from plugin_storage where files > 0')).rows

test('a file is what was last written, for all sites of the organization and for nobody else', async () => {
  expect(await read('notes/a.txt')).toBeNull()
  expect(await write('notes/a.txt', 'Grüße\0🙂')).toEqual({ path: 'notes/a.txt', size: 12 })
  expect(await read('notes/a.txt', 'utf8', atOtherSite)).toBe('Grüße\0🙂')
  expect([await read('notes/a.txt', 'utf8', askOther), await read('notes/a.txt', 'utf8', neighbour)]).toEqual(
    [null, null],
  )
  await write('notes/a.txt', 'of globex', 'utf8', askOther)
  await write('notes/a.txt', '3q2+7w==', 'base64')
  expect(await read('notes/a.txt', 'base64')).toBe('3q2+7w==')
  expect(await deniedOf(read('notes/a.txt'))).toMatchObject({ code: 'NOT_TEXT' })
  expect(await ask('files.delete', { path: 'notes/a.txt' })).toBe(true)
  expect(await ask('files.delete', { path: 'notes/a.txt' })).toBe(false)
  expect([await read('notes/a.txt'), await read('notes/a.txt', 'utf8', askOther)]).toEqual([
    null,
    'of globex',
  ])
})

test('files are listed by path, below a prefix, in pages', async () => {
  for (const path of ['l/ä', 'l/b', 'l/B', 'l/a', 'l/\u{10FFFF}x', 'la', 'm']) await write(path, path)
  expect(await paths({ prefix: 'l/' })).toEqual(['l/B', 'l/a', 'l/b', 'l/ä', 'l/\u{10FFFF}x'])
  const first = (await ask('files.list', { prefix: 'l/', limit: 2 })) as { after: string; files: unknown[] }
  expect(first).toMatchObject({ after: 'l/a', files: [{ path: 'l/B', size: 3 }, { path: 'l/a' }] })
  expect(await paths({ prefix: 'l/', after: first.after })).toEqual(['l/b', 'l/ä', 'l/\u{10FFFF}x'])
  expect(await paths({ prefix: 'l/\u{10FFFF}' })).toEqual(['l/\u{10FFFF}x'])
  expect(await paths({}, neighbour)).toEqual([])
})

test.each([
  ['', 'is empty'],
  ['/etc/passwd', 'slash'],
  ['a/', 'slash'],
  ['a//b', 'slash'],
  ['..', '".."'],
  ['a/../../b', '".."'],
  ['./a', '"."'],
  ['a\\b', 'backslash'],
  ['a\0b', 'control'],
  ['a\nb', 'control'],
  ['a\u202eb', 'invisible'],
  ['a\ud800', 'control'],
  ['x'.repeat(513), '512 bytes'],
])('the path %j is refused: it %s', async (path, why) => {
  for (const asked of [write(path, 'x'), read(path), ask('files.delete', { path })]) {
    const { code, message } = await deniedOf(asked)
    expect([code, message]).toEqual(['BAD_PATH', expect.stringContaining(why)])
  }
})

test('a path is one, however it is composed', async () => {
  await write('Gru\u0308ße', 'composed')
  expect(await read('Gr\u00fcße')).toBe('composed')
})

test.each([
  [{ path: 1, content: 'x' }],
  [{ path: 'a', content: 'x', encoding: 'latin1' }],
  [{ path: 'a', content: 'eA', encoding: 'base64' }],
  [{ path: 'a', content: '\ud800' }],
  [{ path: 'a' }],
])('the input %j is refused', async (input) => {
  expect(await deniedOf(ask('files.write', input as JsonValue))).toMatchObject({ code: 'BAD_INPUT' })
})

test('parallel writes do not overshoot the quota, and what was refused has left nothing', async () => {
  const before = await usage()
  const size = 0.3 * MiB
  const contents = Array.from(
    { length: 12 },
    (_, index) => String(index % 10).repeat(size - 10) + `${index}`.padStart(10),
  )
  const asked = contents.map((content, index) => write(`quota/${index}`, content, 'utf8', neighbour))
  const answers = await Promise.allSettled(asked)
  const written = answers.flatMap((answer, index) => (answer.status === 'fulfilled' ? [index] : []))
  expect(written).toHaveLength(6)
  const refused = answers.find((answer) => answer.status === 'rejected')
  expect(refused).toMatchObject({ reason: { code: 'QUOTA_EXCEEDED' } })
  for (const [index, content] of contents.entries())
    expect(await hasBlob(content)).toBe(written.includes(index))
  const full = `quota/${written[0]}`
  await write(full, 'smaller', 'utf8', neighbour)
  expect(await hasBlob(contents[written[0]!]!), 'what was replaced is gone').toBe(false)
  await write('quota/again', contents[written[0]!]!, 'utf8', neighbour)
  for (const path of await paths({ limit: 1000 }, neighbour)) await neighbour('files.delete', { path })
  expect(await usage()).toEqual(before)
})

test('the same bytes are stored once, and stay while anybody has them', async () => {
  await write('mine', 'shared bytes')
  await write('theirs', 'shared bytes', 'utf8', askOther)
  const clock = new FakeClock(new Date(Date.now() + 2 * 24 * 3600 * 1000))
  await collectBlobs({ ...server.app, clock })
  await ask('files.delete', { path: 'mine' })
  expect(await read('theirs', 'utf8', askOther)).toBe('shared bytes')
  await askOther('files.delete', { path: 'theirs' })
  expect(await hasBlob('shared bytes')).toBe(false)
})

test('files that are written and deleted all at once end as their last word says', async () => {
  const words = Array.from({ length: 20 }, (_, index) => `word ${index % 3}`)
  await Promise.all(
    words.flatMap((word, index) => [
      write('race', word),
      ...(index % 4 === 0 ? [ask('files.delete', { path: 'race' })] : []),
      read('race'),
    ]),
  )
  await write('race', 'word 0')
  expect(await read('race')).toBe('word 0')
  expect([await hasBlob('word 0'), await hasBlob('word 1'), await hasBlob('word 2')]).toEqual([
    true,
    false,
    false,
  ])
})

test('one organization holds four connections of the database at most, however much its plugins ask for at once', async () => {
  await write('held/first', 'there is a row to wait for')
  const holder = await server.owner.connect()
  const waitingForIt = async (): Promise<number> => {
    const { rows } = await server.owner.query<{ n: number }>(
      `select count(*)::int as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    )
    return rows[0]!.n
  }
  await holder.query('begin')
  await holder.query('select from plugin_storage where organization_id = $1 for update', [
    rowId(stage.organizationId),
  ])
  const held = Array.from({ length: 12 }, (_, n) => write(`held/${n}`, `of file ${n}`))
  try {
    await vi.waitUntil(async () => (await waitingForIt()) >= 4, { timeout: 20_000 })
    await write('free/other', 'of globex', 'utf8', askOther)
    expect(await waitingForIt()).toBe(4)
  } finally {
    await holder.query('rollback')
    holder.release()
  }
  await Promise.all(held)
  expect(await paths({ prefix: 'held/' })).toHaveLength(13)
})
