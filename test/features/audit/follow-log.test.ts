import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  ApprovePackageDocument,
  AuditLoggedDocument,
  CreateApiKeyDocument,
  CreateSiteDocument,
  StartReviewDocument,
  type AuditLoggedSubscription,
} from '../../../schema/generated/graphql.ts'
import { accepted } from '../../../scripts/lib/accepted.ts'
import { graphClient, type GraphClient } from '../../../scripts/lib/graph-client.ts'
import { encodeCursor } from '../../../src/features/audit/follow-log.ts'
import { newId } from '../../../src/lib/ids.ts'
import { minutes } from '../../../src/lib/units.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { ask, eventually } from '../../support/http.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { install, openStage, refusalOf, rowId, submit, zipOf, type TestStage } from '../../support/stage.ts'

let server: TestServer
let stage: TestStage
let owner: GraphClient
const clock = new FakeClock()
beforeAll(async () => {
  server = await startTestServer({ clock })
  stage = await openStage(server)
  owner = graphClient(server.url, await adminOf(stage))
})
afterAll(async () => {
  await Promise.all([owner.close(), stage.close()])
  await server.close()
})

type Change = AuditLoggedSubscription['auditLogged']

async function adminOf({ organizationId }: TestStage): Promise<string> {
  const input = { name: 'their admin', role: 'ADMIN' as const, organizationId }
  return accepted((await stage.admin.request(CreateApiKeyDocument, { input })).createApiKey).secret!
}

/** The next entries of a subscription that begins now, or behind `after`; it is closed then. */
async function follow(
  client: GraphClient,
  count: number,
  variables: { organizationId?: string; after?: string },
  meanwhile: () => Promise<unknown> = () => Promise.resolve(),
): Promise<Change[]> {
  await allSealed()
  const stream = client.subscribe(AuditLoggedDocument, { after: await cursorNow(), ...variables })
  const first = stream.next()
  await meanwhile()
  const changes: Change[] = []
  for (let next = await first; !next.done; next = await stream.next()) {
    changes.push(next.value.auditLogged)
    if (changes.length === count) break
  }
  await stream.return?.()
  return changes
}

/** Behind all that is sealed: a stream that begins there misses nothing, however long it takes to open. */
async function cursorNow(): Promise<string> {
  const { _max } = await server.app.database.prisma.auditSeal.aggregate({ _max: { seq: true } })
  return encodeCursor(_max.seq!)
}

async function allSealed(): Promise<void> {
  const { prisma } = server.app.database
  await eventually('all is sealed', async () => (await prisma.auditUnsealed.count()) === 0)
}

async function makeSite(slug: string): Promise<void> {
  const input = { organizationId: stage.organizationId, slug, name: slug, hostVersion: '1.0.0' }
  await stage.admin.request(CreateSiteDocument, { input })
}

const told = (changes: readonly Change[]) =>
  changes.map(({ entry }) => `${entry.action} ${entry.success ? 'done' : 'refused'}`)

test('what is done and what is refused is told as it is sealed, and resumed without gap or double', async () => {
  const slugs = ['one', 'two', 'No Slug', 'three', 'four', 'four']
  const changes = await follow(stage.admin, 6, {}, async () => {
    for (const slug of slugs) await makeSite(slug)
  })
  expect(told(changes)).toEqual([
    'site.created done',
    'site.created done',
    'createSite refused',
    'site.created done',
    'site.created done',
    'createSite refused',
  ])
  for (const [index, { cursor }] of changes.slice(0, 5).entries()) {
    const rest = await follow(owner, 5 - index, { after: cursor })
    expect(rest).toEqual(changes.slice(index + 1))
  }
})

test('without a cursor it begins now', async () => {
  await allSealed()
  const stream = stage.admin.subscribe(AuditLoggedDocument, {})
  let first: Change | null = null
  const next = stream.next().then(({ value }) => (first = (value as AuditLoggedSubscription).auditLogged))
  let made = 0
  await eventually('the first entry is told', async () => {
    await makeSite(`now-${made++}`)
    return first !== null
  })
  const { entry } = await next
  expect(entry.action).toBe('site.created')
  expect((entry.details as { slug: string }).slug).toMatch(/^now-/)
  await stream.return?.()
})

test('what is committed late comes late, behind what was told before', async () => {
  const client = await server.app.database.pool.connect()
  await client.query('begin')
  await client.query(
    `insert into audit_entry (id, organization_id, action, success, details, at)
     values ($1, $2, 'late.comer', true, '{}', now())`,
    [newId(), rowId(stage.organizationId)],
  )
  const { organizationId } = stage
  const [before] = await follow(owner, 1, { organizationId }, () => makeSite('early'))
  const [after] = await follow(owner, 1, { organizationId, after: before!.cursor }, async () => {
    await client.query('commit')
    client.release()
  })
  expect(told([before!, after!])).toEqual(['site.created done', 'late.comer done'])
})

test('an organization’s log is told to its administrators and nobody else', async () => {
  const elsewhere = await openStage(server, 'elsewhere')
  const { organizationId } = stage
  const theirs = graphClient(server.url, await adminOf(elsewhere))
  const [own] = await follow(theirs, 1, {}, async () => {
    await makeSite('not-theirs')
    const input = {
      organizationId: elsewhere.organizationId,
      slug: 'theirs',
      name: 'x',
      hostVersion: '1.0.0',
    }
    accepted((await theirs.request(CreateSiteDocument, { input })).createSite)
  })
  expect(own!.entry).toMatchObject({ action: 'site.created', organization: { slug: 'elsewhere' } })
  expect(await refusalOf(follow(theirs, 1, { organizationId }))).toMatchObject({ code: 'NOT_FOUND' })
  expect(await refusalOf(follow(stage.operator, 1, {}))).toMatchObject({ code: 'FORBIDDEN' })
  expect(await refusalOf(follow(owner, 1, { after: 'bWFkZSB1cA' }))).toMatchObject({ code: 'BAD_USER_INPUT' })
  await Promise.all([theirs.close(), elsewhere.close()])
})

test('a capability that is denied is told, once a minute for all its tries', async () => {
  const tries = `export default { hooks: { check: async (ctx) => {
    for (let i = 0; i < 5; i++) await ctx.secrets.get('TOKEN').catch(() => null)
    await ctx.mail.send({}).catch(() => null) } } }`
  const permissions = ['secrets:read', 'mail:send'].map((permission) => ({
    permission,
    reason: 'To be nosy.',
  }))
  const secrets = [{ key: 'TOKEN', required: false, description: 'Something to look for.' }]
  const change = { id: 'nosy', hooks: ['check'], permissions, secrets }
  const packageId = accepted(await submit(stage.publisher, zipOf(change, tries))).package!.id
  accepted((await stage.reviewer.request(StartReviewDocument, { input: { packageId } })).startReview)
  const approval = { input: { packageId, grantedPermissions: [] } }
  accepted((await stage.reviewer.request(ApprovePackageDocument, approval)).approvePackage)
  accepted(await install(stage, packageId, { activate: true }))
  const call = `mutation ($input: DispatchHookInput!) { dispatchHook(input: $input) { results { invocation { outcome } } } }`
  const input = { siteId: stage.siteIds[0], hook: 'check', payload: {} }
  const dispatch = async (): Promise<void> => {
    const { json } = await ask(server, call, { key: stage.operatorKey, variables: { input } })
    expect(json!.data).toMatchObject({ dispatchHook: { results: [{ invocation: { outcome: 'OK' } }] } })
  }
  const denied = async () =>
    await server.app.database.prisma.auditEntry.findMany({
      where: { action: 'capability.denied' },
      orderBy: { id: 'asc' },
    })
  await dispatch()
  await dispatch()
  const [secret, mail, ...more] = await denied()
  expect(more).toEqual([])
  expect(secret).toMatchObject({
    success: false,
    organizationId: rowId(stage.organizationId),
    actorId: null,
    details: { slug: 'nosy', capability: 'secrets.get' },
  })
  expect(mail).toMatchObject({ pluginId: secret!.pluginId, details: { capability: 'mail.send' } })
  clock.advance(minutes(1))
  await dispatch()
  expect(await denied()).toHaveLength(4)
})
