import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  CreateRegistryDocument,
  RegistriesDocument,
  UpdateRegistryDocument,
  type CreateRegistryInput,
  type UpdateRegistryInput,
} from '../../../schema/generated/graphql.ts'
import { accepted } from '../../../scripts/lib/accepted.ts'
import { graphClient, type GraphClient } from '../../../scripts/lib/graph-client.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { codesOf, install, refusalOf } from '../../support/stage.ts'
import { approveAs, makeRegistry, openTenant, submitTo, type Tenant } from './support.ts'

let server: TestServer
let admin: GraphClient
let acme: Tenant
let globex: Tenant
beforeAll(async () => {
  server = await startTestServer({ worker: false })
  admin = graphClient(server.url, server.adminKey)
  acme = await openTenant(server, admin, 'acme')
  globex = await openTenant(server, admin, 'globex')
})
afterAll(async () => {
  await Promise.all([acme.close(), globex.close(), admin.close()])
  await server.close()
})

const create = async (by: GraphClient, input: CreateRegistryInput) =>
  (await by.request(CreateRegistryDocument, { input })).createRegistry
const update = async (by: GraphClient, input: UpdateRegistryInput) =>
  (await by.request(UpdateRegistryDocument, { input })).updateRegistry

test('each kind belongs where it can: the platform, an organization, a site', async () => {
  const own = { name: 'Own', organizationId: acme.organizationId }
  const by = acme.as.ADMIN
  accepted(await create(by, { ...own, slug: 'own', type: 'ENTERPRISE' }))
  accepted(await create(by, { ...own, slug: 'dev', type: 'DEVELOPER' }))
  accepted(await create(by, { slug: 'north', name: 'North', type: 'SITE', siteId: acme.siteIds[0]! }))
  accepted(await create(admin, { slug: 'second', name: 'Second', type: 'ENTERPRISE' }))
  const { registries } = await by.request(RegistriesDocument, { first: 10 })
  expect(
    registries.nodes.map(({ slug, organization, site }) => [slug, organization?.slug, site?.slug]),
  ).toEqual([
    ['second', undefined, undefined],
    ['north', 'acme', 'north'],
    ['dev', 'acme', undefined],
    ['own', 'acme', undefined],
    ['enterprise', undefined, undefined],
  ])
})

test('what is missing, misplaced or taken is told', async () => {
  const by = acme.as.ADMIN
  const one = { slug: 'one', name: 'One' }
  expect(codesOf(await create(by, { ...one, type: 'DEVELOPER' }))).toEqual(['INVALID_INPUT'])
  expect(codesOf(await create(by, { ...one, type: 'SITE' }))).toEqual(['INVALID_INPUT'])
  const own = { ...one, organizationId: acme.organizationId }
  const misplaced = { ...own, type: 'ENTERPRISE' as const, siteId: acme.siteIds[0]! }
  expect(codesOf(await create(by, misplaced))).toEqual(['INVALID_INPUT'])
  for (const slug of ['', 'A', 'ä', 'with space', 'a'.repeat(64), '../x']) {
    expect(codesOf(await create(by, { ...own, slug, type: 'ENTERPRISE' }))).toEqual(['INVALID_INPUT'])
  }
  expect(codesOf(await create(by, { ...own, name: ' ', type: 'ENTERPRISE' }))).toEqual(['INVALID_INPUT'])
  expect(codesOf(await create(by, { ...own, slug: 'enterprise', type: 'ENTERPRISE' }))).toEqual([
    'ALREADY_EXISTS',
  ])
})

test('only who manages the place makes a registry there, and a foreign place is not there', async () => {
  const one = { slug: 'one', name: 'One' }
  const own = { ...one, type: 'ENTERPRISE' as const, organizationId: acme.organizationId }
  for (const role of ['VIEWER', 'OPERATOR'] as const) {
    expect(await refusalOf(create(acme.as[role], own))).toMatchObject({ code: 'FORBIDDEN' })
  }
  expect(await refusalOf(create(acme.as.ADMIN, { ...one, type: 'ENTERPRISE' }))).toMatchObject({
    code: 'FORBIDDEN',
  })
  expect(await refusalOf(create(globex.as.ADMIN, own))).toEqual({
    code: 'NOT_FOUND',
    message: 'There is no such organization, or you may not see it.',
  })
  const siteId = acme.siteIds[0]!
  const foreign = { ...one, type: 'SITE' as const, siteId }
  expect(await refusalOf(create(globex.as.ADMIN, foreign))).toEqual({
    code: 'NOT_FOUND',
    message: 'There is no such site, or you may not see it.',
  })
  const stored = { ...own, storage: 's3://bucket/prefix' }
  expect(await refusalOf(create(acme.as.ADMIN, stored))).toMatchObject({ code: 'FORBIDDEN' })
})

test('a store that cannot be used is refused, and where the archives lie is told without credentials', async () => {
  for (const storage of ['nonsense', 'file:///etc', 's3://key:secret@bucket', 'http://169.254.169.254/']) {
    const input = { slug: 'stored', name: 'Stored', type: 'ENTERPRISE' as const, storage }
    expect(codesOf(await create(admin, input))).toEqual(['INVALID_INPUT'])
  }
  const endless = {
    slug: 'stored',
    name: 'Stored',
    type: 'ENTERPRISE' as const,
    storage: 'x'.repeat(900_000),
  }
  const [told] = (await create(admin, endless)).userErrors
  expect(told).toMatchObject({ code: 'INVALID_INPUT', message: 'storage has at most 2000 characters.' })
  const input = { slug: 'main-store', name: 'Main', type: 'ENTERPRISE' as const, storage: 'main' }
  const { registry } = accepted(await create(admin, input))
  expect(registry!.storage).toBe(server.app.blobs.main.location)
})

test('a registry that is not active takes nothing, and what is there stays', async () => {
  const by = acme.as
  const registryId = await makeRegistry(by.ADMIN, {
    slug: 'closing',
    name: 'Closing',
    type: 'ENTERPRISE',
    organizationId: acme.organizationId,
  })
  const packageId = accepted(await submitTo(by.PUBLISHER, registryId, { id: 'kept' })).package!.id
  await approveAs(by.REVIEWER, packageId)
  for (const role of ['VIEWER', 'OPERATOR', 'PUBLISHER', 'REVIEWER'] as const) {
    expect(await refusalOf(update(by[role], { registryId, isActive: false }))).toMatchObject({
      code: 'FORBIDDEN',
    })
  }
  expect(await refusalOf(update(globex.as.ADMIN, { registryId, isActive: false }))).toEqual({
    code: 'NOT_FOUND',
    message: 'There is no such registry, or you may not see it.',
  })
  const { registry } = accepted(await update(by.ADMIN, { registryId, isActive: false, name: 'Closed' }))
  expect(registry).toMatchObject({ isActive: false, name: 'Closed' })
  expect(codesOf(await submitTo(by.PUBLISHER, registryId, { id: 'late' }))).toEqual(['INVALID_STATE'])
  const stage = { siteIds: acme.siteIds, operator: by.OPERATOR } as unknown as Parameters<typeof install>[0]
  accepted(await install(stage, packageId))
})

test('packages are installed where their registry belongs, and nowhere else', async () => {
  const [north, south] = acme.siteIds
  const registryId = await makeRegistry(acme.as.ADMIN, {
    slug: 'only-north',
    name: 'Only north',
    type: 'SITE',
    siteId: north!,
  })
  const packageId = accepted(await submitTo(acme.as.PUBLISHER, registryId, { id: 'northern' })).package!.id
  await approveAs(acme.as.REVIEWER, packageId)
  const at = (siteId: string, operator: GraphClient) => {
    const stage = { siteIds: [siteId], operator } as unknown as Parameters<typeof install>[0]
    return install(stage, packageId)
  }
  expect(codesOf(await at(south!, acme.as.OPERATOR))).toEqual(['INVALID_INPUT'])
  expect(await refusalOf(at(globex.siteIds[0]!, globex.as.OPERATOR))).toEqual({
    code: 'NOT_FOUND',
    message: 'There is no such package, or you may not see it.',
  })
  expect(codesOf(await at(globex.siteIds[0]!, admin))).toEqual(['INVALID_INPUT'])
  // Nor does anything of it come along as what another plugin needs.
  const needing = { id: 'needing', dependencies: { northern: '*' } }
  const registry = {
    slug: 'wide',
    name: 'Wide',
    type: 'ENTERPRISE' as const,
    organizationId: acme.organizationId,
  }
  const wide = await makeRegistry(acme.as.ADMIN, registry)
  const second = accepted(await submitTo(acme.as.PUBLISHER, wide, needing)).package!.id
  await approveAs(acme.as.REVIEWER, second)
  const stage = { siteIds: acme.siteIds, operator: acme.as.OPERATOR } as unknown as Parameters<
    typeof install
  >[0]
  expect(codesOf(await install(stage, second, { siteId: south! }))).toEqual(['DEPENDENCY_CONFLICT'])
  accepted(await install(stage, second, { siteId: north! }))
})
