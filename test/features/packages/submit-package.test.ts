import { readdir } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { CreateApiKeyDocument, SubmitPackageDocument } from '../../../schema/generated/graphql.ts'
import { accepted } from '../../../scripts/lib/accepted.ts'
import { graphClient, type GraphClient } from '../../../scripts/lib/graph-client.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import {
  codesOf,
  countRows,
  fileOf,
  openStage,
  refusalOf,
  submit,
  zipOf,
  type TestStage,
} from '../../support/stage.ts'

let server: TestServer
let stage: TestStage
beforeAll(async () => {
  server = await startTestServer()
  stage = await openStage(server)
})
afterAll(async () => {
  await stage.close()
  await server.close()
})

/** All that a submission could leave behind, but for its report: rows, jobs in the queue, files in the blob store. */
async function traces(): Promise<unknown> {
  const blobs = await readdir(directoryOf(server), {
    recursive: true,
    withFileTypes: true,
  }).catch(() => [])
  return {
    rows: { ...(await countRows(server)), submission: null },
    files: blobs
      .filter((it) => it.isFile())
      .map((it) => it.name)
      .sort(),
  }
}

function directoryOf({ app }: TestServer): string {
  const { main } = app.config.storage
  if (main.kind !== 'file') throw new Error('The tests keep archives in a directory.')
  return main.directory
}

async function publisherOf(organizationId: string): Promise<GraphClient> {
  const input = { name: 'publisher', role: 'PUBLISHER' as const, organizationId }
  const { createApiKey } = await stage.admin.request(CreateApiKeyDocument, { input })
  return graphClient(server.url, accepted(createApiKey).secret!)
}

test('a ZIP that is none is refused, and leaves nothing', async () => {
  const before = await traces()
  const answer = await submit(stage.publisher, fileOf(Buffer.from('this is no archive')))
  expect(codesOf(answer)).toEqual(['ARCHIVE_REJECTED'])
  expect(answer.package).toBeNull()
  expect(answer.validation!.valid).toBe(false)
  expect(await traces()).toEqual(before)
})

test('a manifest that is wrong in five places gives five findings, and leaves nothing', async () => {
  const before = await traces()
  const wrong = {
    id: 'Not An Id',
    version: 'one',
    type: 'toaster',
    entry: 'missing.js',
    engines: { host: 'soon', api: '^1' },
  }
  const answer = await submit(stage.publisher, zipOf(wrong))
  expect(codesOf(answer)).toEqual(['MANIFEST_INVALID'])
  const errors = answer.validation!.findings.filter((finding) => finding.severity === 'ERROR')
  expect(errors.map((finding) => finding.check).sort()).toHaveLength(5)
  expect(await traces()).toEqual(before)
})

test('bytes that are not those which the sender meant are refused, and leave nothing', async () => {
  const before = await traces()
  const answer = await submit(stage.publisher, zipOf({ id: 'checked' }), { checksum: '0'.repeat(64) })
  expect(codesOf(answer)).toEqual(['CHECKSUM_MISMATCH'])
  expect(await traces()).toEqual(before)
})

test('a version is submitted once: the second is VERSION_EXISTS, and leaves nothing', async () => {
  const first = accepted(await submit(stage.publisher, zipOf({ id: 'once' })))
  expect(first.package).toMatchObject({ status: 'PENDING_REVIEW', version: '1.0.0' })
  const before = await traces()
  expect(codesOf(await submit(stage.publisher, zipOf({ id: 'once' })))).toEqual(['VERSION_EXISTS'])
  expect(codesOf(await submit(stage.publisher, zipOf({ id: 'once', name: 'Other bytes' })))).toEqual([
    'VERSION_EXISTS',
  ])
  expect(codesOf(await submit(stage.publisher, zipOf({ id: 'once', version: '1.0.0+build.2' })))).toEqual([
    'VERSION_EXISTS',
  ])
  expect(await traces()).toEqual(before)
})

test('of several submissions of a version at once one wins, and its archive is there', async () => {
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, index) =>
      submit(
        stage.publisher,
        zipOf({ id: 'raced', ...(index % 2 === 0 ? {} : { name: `Variant ${index}` }) }),
      ),
    ),
  )
  const winners = answers.filter((answer) => answer.package !== null)
  expect(winners).toHaveLength(1)
  for (const answer of answers)
    if (answer.package === null) expect(codesOf(answer)).toEqual(['VERSION_EXISTS'])
  await expect(server.app.blobs.main.get(winners[0]!.package!.checksum)).resolves.toBeInstanceOf(Uint8Array)
  const { files } = (await traces()) as { files: string[] }
  const { rows } = await server.app.database.pool.query<{ checksum: string }>(
    'select distinct checksum from package',
  )
  expect(files).toEqual(rows.map((row) => row.checksum).sort())
})

test("an intruder who sends the same bytes at once does not take the owner's archive away", async () => {
  const mine = await publisherOf(stage.organizationId)
  accepted(await submit(stage.publisher, zipOf({ id: 'owned' })))
  for (let round = 0; round < 10; round++) {
    const file = zipOf({ id: 'owned', version: `2.0.${round}` })
    const [won] = await Promise.all([
      submit(stage.publisher, file),
      ...Array.from({ length: 4 }, () => refusalOf(submit(mine, file))),
    ])
    await expect(server.app.blobs.main.get(accepted(won).package!.checksum)).resolves.toBeInstanceOf(
      Uint8Array,
    )
  }
})

test('the id of a plugin belongs to whoever submitted it first; others are FORBIDDEN and leave nothing', async () => {
  accepted(await submit(stage.publisher, zipOf({ id: 'platform-owned' })))
  const mine = await publisherOf(stage.organizationId)
  const before = await traces()
  const refusal = await refusalOf(submit(mine, zipOf({ id: 'platform-owned', version: '9.0.0' })))
  expect(refusal).toMatchObject({ code: 'FORBIDDEN' })
  expect(await traces()).toEqual(before)
  accepted(await submit(mine, zipOf({ id: 'acme-owned' })))
  accepted(await submit(stage.publisher, zipOf({ id: 'acme-owned', version: '1.0.1' })))
})

test('who is no publisher is FORBIDDEN, and what is not there is BAD_USER_INPUT', async () => {
  expect(await refusalOf(submit(stage.operator, zipOf({ id: 'nope' })))).toMatchObject({ code: 'FORBIDDEN' })
  expect(await refusalOf(stage.publisher.request(SubmitPackageDocument, { input: {} }))).toMatchObject({
    code: 'BAD_USER_INPUT',
  })
})

test('what was not approved yet is seen by its publisher and the reviewer, by nobody else', async () => {
  const { package: submitted } = accepted(await submit(stage.publisher, zipOf({ id: 'unseen' })))
  const query = `query ($id: ID!) { node(id: $id) { id } }`
  const seenBy = async (client: GraphClient): Promise<unknown> =>
    ((await client.request(query as never, { id: submitted!.id } as never)) as { node: unknown }).node
  expect(await seenBy(stage.publisher)).not.toBeNull()
  expect(await seenBy(stage.reviewer)).not.toBeNull()
  await expect(seenBy(stage.operator)).rejects.toMatchObject({ code: 'NOT_FOUND' })
})
