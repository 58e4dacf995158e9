import { afterAll, beforeAll, expect, test } from 'vitest'
import { CreateApiKeyDocument } from '../../../schema/generated/graphql.ts'
import { accepted } from '../../../scripts/lib/accepted.ts'
import { ask } from '../../support/http.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { install, openStage, publishPlugin, type TestStage } from '../../support/stage.ts'

let server: TestServer
let stage: TestStage
beforeAll(async () => {
  server = await startTestServer({ worker: false })
  stage = await openStage(server)
})
afterAll(async () => {
  await stage.close()
  await server.close()
})

interface Entry {
  action: string
  success: boolean
  actor: { name: string } | null
  organization: { slug: string } | null
  subject: { __typename: string } | null
  details: object
}

async function entries(key: string, filter: object = {}): Promise<Entry[]> {
  const answer = await ask(
    server,
    `query ($filter: AuditFilter) { auditLog(filter: $filter, first: 100) { nodes {
      action success details actor { ... on ApiKey { name } } organization { slug } subject { __typename } } } }`,
    { key, variables: { filter } },
  )
  expect(answer.json!.errors).toBeUndefined()
  return (answer.json!.data!['auditLog'] as { nodes: Entry[] }).nodes
}

async function adminOf(organizationId: string): Promise<string> {
  const input = { name: 'their admin', role: 'ADMIN' as const, organizationId }
  return accepted((await stage.admin.request(CreateApiKeyDocument, { input })).createApiKey).secret!
}

test('what was done is kept, with who did it and to what', async () => {
  const packageId = await publishPlugin(stage, { id: 'audited' })
  accepted(await install(stage, packageId))
  const all = await entries(server.adminKey)
  expect(all.map((entry) => entry.action)).toEqual(
    expect.arrayContaining([
      'package.submitted',
      'package.approved',
      'plugin.installed',
      'organization.created',
    ]),
  )
  expect(all.find((entry) => entry.action === 'package.approved')).toMatchObject({
    success: true,
    actor: { name: expect.stringContaining('reviewer') as string },
    organization: null,
    subject: { __typename: 'Package' },
    details: { slug: 'audited', status: 'APPROVED' },
  })
  expect(await entries(server.adminKey, { action: 'plugin.*' })).toMatchObject([
    { action: 'plugin.installed', organization: { slug: 'acme' }, subject: { __typename: 'Installation' } },
  ])
})

test('an organization’s administrator reads its own, and nobody else reads any', async () => {
  const own = await entries(await adminOf(stage.organizationId))
  expect(new Set(own.map((entry) => entry.organization?.slug))).toEqual(new Set(['acme']))
  const elsewhere = await openStage(server, 'elsewhere')
  const theirs = await entries(await adminOf(elsewhere.organizationId))
  expect(new Set(theirs.map((entry) => entry.organization?.slug))).toEqual(new Set(['elsewhere']))
  const refused = await ask(server, '{ auditLog { nodes { action } } }', { key: stage.operatorKey })
  expect(refused.json!.errors![0]!.extensions!.code).toBe('FORBIDDEN')
  await elsewhere.close()
})

test('the entry stands or falls with what it tells of; whoever was refused has an entry of that', async () => {
  const { auditEntry } = server.app.database.prisma
  const packageId = await publishPlugin(stage, { id: 'twice' })
  accepted(await install(stage, packageId))
  const before = await auditEntry.count({ where: { success: true } })
  await Promise.all(Array.from({ length: 5 }, () => install(stage, packageId)))
  expect(await auditEntry.count({ where: { success: true } })).toBe(before)
  const refused = await entries(server.adminKey, { action: 'installPlugin' })
  expect(refused).toHaveLength(5)
  expect(refused[0]).toMatchObject({
    success: false,
    organization: { slug: 'acme' },
    subject: { __typename: 'Package' },
    details: { input: { packageId } },
  })
})
