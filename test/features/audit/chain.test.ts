import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import {
  CreateApiKeyDocument,
  CreateSiteDocument,
  VerifyAuditChainDocument,
} from '../../../schema/generated/graphql.ts'
import { accepted } from '../../../scripts/lib/accepted.ts'
import { graphClient } from '../../../scripts/lib/graph-client.ts'
import { linkHash, CHAIN_START, ENTRY_COLUMNS, type EntryRow } from '../../../src/events/audit-hash.ts'
import { startSealer } from '../../../src/events/sealer.ts'
import { newId } from '../../../src/lib/ids.ts'
import { eventually } from '../../support/http.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { openStage, refusalOf, rowId, type TestStage } from '../../support/stage.ts'

let server: TestServer
let stage: TestStage
beforeAll(async () => {
  server = await startTestServer({ worker: false })
})
afterAll(async () => await server.close())

/** Each test has a chain of its own: a new organization's, of eight entries, sealed. */
let organization = ''
let count = 0
beforeEach(async () => {
  stage = await openStage(server, `chain-${++count}`)
  organization = rowId(stage.organizationId)
  for (const slug of ['a1', 'a2', 'a3']) await site(slug)
  await sealed()
  return async () => await stage.close()
})

async function site(slug: string): Promise<void> {
  const input = { organizationId: stage.organizationId, slug, name: slug, hostVersion: '1.0.0' }
  accepted((await stage.admin.request(CreateSiteDocument, { input })).createSite)
}

/** Lets a sealer do all that waits. */
async function sealed(): Promise<void> {
  const { database, bus, log } = server.app
  const sealer = startSealer(database.url, bus, log)
  await eventually('all is sealed', async () => (await database.prisma.auditUnsealed.count()) === 0)
  await sealer.stop()
}

async function verified() {
  const { organizationId } = stage
  return (await stage.admin.request(VerifyAuditChainDocument, { organizationId })).verifyAuditChain
}

async function sql<Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> {
  return (await server.owner.query<Row>(text, values)).rows
}

/** The entry of a link. */
async function entryAt(number: number): Promise<string> {
  const rows = await sql<{ entry_id: string }>(
    'select entry_id from audit_seal where chain = $1 and number = $2',
    [organization, number],
  )
  return rows[0]!.entry_id
}

test('what nobody touched is valid, and can be made anew by anybody', async () => {
  const result = await verified()
  expect(result).toMatchObject({ valid: true, entries: 8, unsealed: 0, firstBroken: null })
  const rows = await sql<EntryRow & { hash: Buffer }>(
    `select s.hash, ${ENTRY_COLUMNS} from audit_seal s join audit_entry e on e.id = s.entry_id
     where s.chain = $1 order by s.number`,
    [organization],
  )
  let former: Uint8Array = CHAIN_START
  for (const row of rows) former = linkHash(former, row)
  expect(result.sealedUpTo).toMatchObject({ number: 8, hash: Buffer.from(former).toString('hex') })
})

test('entries that are not sealed yet are counted, and break nothing', async () => {
  await site('a4')
  expect(await verified()).toMatchObject({ valid: true, entries: 8, unsealed: 1 })
  await sealed()
  expect(await verified()).toMatchObject({ valid: true, entries: 9, unsealed: 0 })
})

test('an entry that was changed is named', async () => {
  const id = await entryAt(5)
  await sql(`update audit_entry set details = jsonb_set(details, '{slug}', '"forged"') where id = $1`, [id])
  expect(await verified()).toMatchObject({
    valid: false,
    entries: 4,
    sealedUpTo: { number: 4 },
    firstBroken: { number: 5, entryId: id, entry: { action: 'api_key.created' } },
  })
})

test.each([
  'success = false',
  `actor_id = null`,
  `at = at + interval '1 ms'`,
  `error = ''`,
  `request_id = 'x'`,
])('every part of an entry counts: %s', async (change) => {
  await sql(`update audit_entry set ${change} where id = $1`, [await entryAt(3)])
  expect((await verified()).firstBroken).toMatchObject({ number: 3 })
})

test('an entry that was deleted is named, also the last', async () => {
  const id = await entryAt(8)
  await sql('delete from audit_entry where id = $1', [id])
  expect(await verified()).toMatchObject({
    valid: false,
    entries: 7,
    firstBroken: { number: 8, entryId: id, entry: null },
  })
})

test('an entry that was deleted before it was sealed is missing in the chain', async () => {
  await site('a4')
  await sql(`delete from audit_entry where id in (select entry_id from audit_unsealed)`)
  await sealed()
  expect(await verified()).toMatchObject({ valid: false, firstBroken: { number: 9, entry: null } })
})

test('a seal that was deleted is noticed, in the middle and at the end', async () => {
  const id = await entryAt(8)
  await sql('delete from audit_seal where chain = $1 and number = 8', [organization])
  expect(await verified()).toMatchObject({
    valid: false,
    entries: 7,
    firstBroken: { number: null, entryId: id },
  })
  await sql('delete from audit_seal where chain = $1 and number = 4', [organization])
  expect(await verified()).toMatchObject({ valid: false, entries: 3, firstBroken: { number: 4 } })
})

test('two entries that changed places break the first of their links', async () => {
  const [third, sixth] = [await entryAt(3), await entryAt(6)]
  await sql('update audit_seal set entry_id = $1 where entry_id = $2', [newId(), third])
  await sql('update audit_seal set entry_id = $1 where entry_id = $2', [third, sixth])
  await sql('update audit_seal set entry_id = $1 where chain = $2 and number = 3', [sixth, organization])
  expect((await verified()).firstBroken).toMatchObject({ number: 3, entryId: sixth })
})

test('whoever makes one seal anew for what he forged breaks the link behind it', async () => {
  const id = await entryAt(5)
  await sql(`update audit_entry set action = 'forged' where id = $1`, [id])
  const former = await sql<{ hash: Buffer }>('select hash from audit_seal where chain = $1 and number = 4', [
    organization,
  ])
  const rows = await sql<EntryRow>(`select ${ENTRY_COLUMNS} from audit_entry e where e.id = $1`, [id])
  const hash = linkHash(former[0]!.hash, rows[0]!)
  await sql('update audit_seal set hash = $1 where entry_id = $2', [hash, id])
  expect((await verified()).firstBroken).toMatchObject({ number: 6, entryId: await entryAt(6) })
})

test('an entry that was given to another organization is missed by its own, and not shown there', async () => {
  const id = await entryAt(2)
  const other = await openStage(server, `other-${count}`)
  await sql('update audit_entry set organization_id = $1 where id = $2', [rowId(other.organizationId), id])
  const input = { name: 'admin', role: 'ADMIN' as const, organizationId: stage.organizationId }
  const { secret } = accepted((await stage.admin.request(CreateApiKeyDocument, { input })).createApiKey)
  const admin = graphClient(server.url, secret!)
  const { organizationId } = stage
  const { verifyAuditChain } = await admin.request(VerifyAuditChainDocument, { organizationId })
  expect(verifyAuditChain.firstBroken).toMatchObject({ number: 2, entryId: id, entry: null })
  await Promise.all([admin.close(), other.close()])
})

test('what is committed late is sealed late, and never missed', async () => {
  const client = await server.app.database.pool.connect()
  await client.query('begin')
  await client.query(
    `insert into audit_entry (id, organization_id, action, success, details, at)
     values ($1, $2, 'late.comer', true, '{}', now())`,
    [newId(), organization],
  )
  await site('a4')
  await sealed()
  expect(await verified()).toMatchObject({ valid: true, entries: 9, unsealed: 0 })
  await client.query('commit')
  client.release()
  expect(await verified()).toMatchObject({ valid: true, entries: 9, unsealed: 1 })
  await sealed()
  expect(await verified()).toMatchObject({ valid: true, entries: 10, unsealed: 0 })
  expect(await sql(`select action from audit_entry where id = $1`, [await entryAt(10)])).toEqual([
    { action: 'late.comer' },
  ])
})

test('of several sealers one is at work, and another takes its place', async () => {
  const { database, bus, log } = server.app
  const [first, second] = [startSealer(database.url, bus, log), startSealer(database.url, bus, log)]
  const done = async (): Promise<boolean> => (await database.prisma.auditUnsealed.count()) === 0
  await Promise.all(['b1', 'b2', 'b3', 'b4'].map(site))
  await eventually('the first seals', done)
  await first.stop()
  await site('b5')
  await eventually('the second seals', done)
  await second.stop()
  expect(await verified()).toMatchObject({ valid: true, entries: 13, unsealed: 0 })
})

test('many verifications at once are told to come again, and hold no connections', async () => {
  const { organizationId } = stage
  const asked = Array.from({ length: 12 }, () =>
    refusalOf(stage.admin.request(VerifyAuditChainDocument, { organizationId })),
  )
  const refusals = (await Promise.all(asked)).filter((refusal) => refusal !== null)
  for (const refusal of refusals) expect(refusal.code).toBe('RATE_LIMITED')
  expect(refusals.length).toBeLessThan(12)
  expect(await verified()).toMatchObject({ valid: true })
})

test('only who reads a log may verify it; the platform’s has a chain of its own', async () => {
  const { organizationId } = stage
  expect(await refusalOf(stage.operator.request(VerifyAuditChainDocument, { organizationId }))).toMatchObject(
    {
      code: 'FORBIDDEN',
    },
  )
  const foreign = await openStage(server, `foreign-${count}`)
  const query = foreign.operator.request(VerifyAuditChainDocument, { organizationId })
  expect(await refusalOf(query)).toMatchObject({ code: 'NOT_FOUND' })
  const platform = await stage.admin.request(VerifyAuditChainDocument, {})
  expect(platform.verifyAuditChain).toMatchObject({ valid: true })
  await foreign.close()
})
