import { afterAll, beforeAll, expect, test } from 'vitest'
import { CreateApiKeyDocument } from '../../../schema/generated/graphql.ts'
import { accepted } from '../../../scripts/lib/accepted.ts'
import { encodeGlobalId } from '../../../src/graphql/global-id.ts'
import { everyMutation, type Ids } from '../../support/every-mutation.ts'
import { ask } from '../../support/http.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { openStage, rowId, run, type TestStage } from '../../support/stage.ts'

let server: TestServer
let stage: TestStage
let installationId: string
beforeAll(async () => {
  server = await startTestServer({ worker: false })
  stage = await openStage(server)
  const emits =
    'export default { jobs: { daily: async (ctx) => { await ctx.events.emit("watched.done", {}) } } }'
  const change = {
    id: 'watched',
    permissions: [{ permission: 'events:emit', reason: 'Tells when it is done.' }],
    jobs: [{ name: 'daily', cron: '0 4 * * *' }],
  }
  installationId = await run(stage, change, emits)
})
afterAll(async () => {
  await stage.close()
  await server.close()
})

/** What of an entry the rules speak of. */
const SELECT = {
  action: true,
  actorId: true,
  organizationId: true,
  success: true,
  error: true,
  details: true,
  requestId: true,
  subjectId: true,
  pluginId: true,
} as const

/** The entries that a request writes, by its id. */
async function entriesOf(requestId: string) {
  return await server.app.database.prisma.auditEntry.findMany({ where: { requestId }, select: SELECT })
}

async function keyFor(organizationId: string): Promise<string> {
  const input = { name: 'their admin', role: 'ADMIN' as const, organizationId }
  return accepted((await stage.admin.request(CreateApiKeyDocument, { input })).createApiKey).secret!
}

async function send(key: string | undefined, document: string, variables: object): Promise<string> {
  const { headers, json } = await ask(server, document, { variables, ...(key === undefined ? {} : { key }) })
  // Refused before it is executed, it would be no mutation.
  expect(json).toHaveProperty('data')
  return headers.get('x-request-id')!
}

/** Global ids of what exists at the stage. */
async function idsOfStage(): Promise<Ids> {
  const { prisma } = server.app.database
  const only = { select: { id: true } }
  const { organizationId } = stage
  const there = await prisma.installation.findUniqueOrThrow({
    where: { id: rowId(installationId) },
    select: { pluginId: true, packageId: true },
  })
  const key = await prisma.apiKey.findFirstOrThrow({
    where: { principal: { memberships: { some: { organizationId: rowId(organizationId) } } } },
    ...only,
  })
  return {
    Organization: organizationId,
    Site: stage.siteIds[0]!,
    Installation: installationId,
    Plugin: encodeGlobalId('Plugin', there.pluginId),
    Package: encodeGlobalId('Package', there.packageId),
    ApiKey: encodeGlobalId('ApiKey', key.id),
  }
}

test.each(everyMutation())('$name leaves an entry, also where it is refused', async (mutation) => {
  const entries = await entriesOf(await send(server.adminKey, mutation.document, mutation.variables))
  expect(entries.length).toBeGreaterThan(0)
  for (const entry of entries) {
    expect(entry).toMatchObject({ actorId: expect.any(String) as string })
    expect(entry.success).toBe(entry.error === null)
  }
  const refused = entries.filter((entry) => !entry.success)
  for (const { action, error } of refused) {
    expect(action).toBe(mutation.name)
    expect(error).toMatch(/^[A-Z_]+: ./)
    expect(error).not.toContain('INTERNAL')
  }
})

test('a stranger of another organization writes nothing into a log that is not his, whatever he names', async () => {
  const { auditEntry } = server.app.database.prisma
  const elsewhere = await openStage(server, 'elsewhere')
  const key = await keyFor(elsewhere.organizationId)
  const ids = await idsOfStage()
  const theirs = { where: { organizationId: rowId(stage.organizationId) } }
  const own = { where: { organizationId: rowId(elsewhere.organizationId) } }
  const before = { theirs: await auditEntry.count(theirs), own: await auditEntry.count(own) }
  const mutations = everyMutation(ids)
  for (const { document, variables } of mutations) await send(key, document, variables)
  expect(await auditEntry.count(theirs)).toBe(before.theirs)
  expect((await auditEntry.count(own)) - before.own).toBeGreaterThanOrEqual(mutations.length - 2)
  await elsewhere.close()
})

test('who has no key fills no log', async () => {
  const { auditEntry } = server.app.database.prisma
  const before = await auditEntry.count()
  for (const { document, variables } of everyMutation()) await send(undefined, document, variables)
  expect(await auditEntry.count()).toBe(before)
})

test('what is secret, long or unstorable in an input does not reach the log', async () => {
  const document = 'mutation ($input: SetSecretInput!) { setSecret(input: $input) { userErrors { code } } }'
  const input = { installationId, key: 'not upper', value: 'hunter2-the-secret' }
  const [refused] = await entriesOf(await send(stage.operatorKey, document, { input }))
  expect(refused).toMatchObject({
    action: 'setSecret',
    success: false,
    subjectId: rowId(installationId),
    details: { input: { installationId, value: '(not kept)' } },
  })
  expect(JSON.stringify(refused)).not.toContain('hunter2')

  const create =
    'mutation ($input: CreateSiteInput!) { createSite(input: $input) { userErrors { code message } } }'
  const deep: unknown = JSON.parse('{"a":'.repeat(20) + '1' + '}'.repeat(20))
  const site = {
    organizationId: stage.organizationId,
    slug: 'x'.repeat(100_000),
    name: 'half a \uD800 pair and \0',
    hostVersion: '1.0.0',
    labels: { password: 'hunter2', deep, ['k'.repeat(200)]: 'x'.repeat(100_000) },
  }
  const [long] = await entriesOf(await send(server.adminKey, create, { input: site }))
  expect(long).toMatchObject({
    action: 'createSite',
    success: false,
    organizationId: rowId(stage.organizationId),
  })
  expect(JSON.stringify(long!.details)).not.toContain('hunter2')
  expect(JSON.stringify(long).length).toBeLessThan(5_000)

  const submit =
    'mutation ($input: SubmitPackageInput!) { submitPackage(input: $input) { userErrors { code } } }'
  const packageUrl = 'https://joe:hunter2@files.example.com/a.zip?signature=hunter2'
  const [address] = await entriesOf(await send(server.adminKey, submit, { input: { packageUrl } }))
  expect(address!.details).toMatchObject({ input: { packageUrl: 'https://files.example.com/a.zip?…' } })
})

test('what a plugin does has its entry, with the plugin and without an actor', async () => {
  const document =
    'mutation ($input: RunJobInput!) { runJob(input: $input) { invocation { outcome } userErrors { message } } }'
  const { json, headers } = await ask(server, document, {
    key: stage.operatorKey,
    variables: { input: { installationId, job: 'daily' } },
  })
  expect(json!.data).toMatchObject({ runJob: { invocation: { outcome: 'OK' } } })
  const { pluginId } = await server.app.database.prisma.installation.findUniqueOrThrow({
    where: { id: rowId(installationId) },
  })
  expect(await entriesOf(headers.get('x-request-id')!)).toMatchObject([
    { action: 'runJob', success: true, pluginId },
  ])
  const emitted = await server.app.database.prisma.auditEntry.findMany({
    where: { action: 'event.emitted' },
    select: SELECT,
  })
  expect(emitted.filter((entry) => entry.actorId === null)).toMatchObject([
    {
      organizationId: rowId(stage.organizationId),
      pluginId,
      requestId: null,
      details: { type: 'watched.done' },
    },
  ])
})

test('measurements that are taken are told once a minute', async () => {
  const document =
    'mutation ($input: RecordHealthInput!) { recordHealth(input: $input) { accepted userErrors { message } } }'
  const variables = { input: { samples: [{ installationId, status: 'HEALTHY' }] } }
  const sent = await Promise.all([1, 2, 3].map(() => send(stage.operatorKey, document, variables)))
  const entries = (await Promise.all(sent.map(entriesOf))).flat()
  expect(entries).toMatchObject([{ action: 'recordHealth', success: true, subjectId: rowId(installationId) }])
})

test('what an event tells is not told again by the name of the mutation', async () => {
  const told: string[] = []
  for (const { name, document, variables } of everyMutation(await idsOfStage())) {
    const entries = await entriesOf(await send(server.adminKey, document, variables))
    const done = entries.filter((entry) => entry.success).map((entry) => entry.action)
    if (done.length > 1 && done.includes(name)) told.push(`${name}: ${done.join(', ')}`)
  }
  expect(told).toEqual([])
})
