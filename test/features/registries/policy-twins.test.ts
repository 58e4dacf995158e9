import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Actor, Grant } from '../../../src/auth/actor.ts'
import {
  canSeePackage,
  canSeeRegistry,
  installableAt,
  installsFrom,
  registriesOf,
  visiblePackages,
  visiblePlugins,
  visibleRegistries,
} from '../../../src/features/packages/policy.ts'
import { installableSql, visiblePluginsSql } from '../../../src/features/packages/policy-sql.ts'
import { PackageStatus, RegistryType, Role } from '../../../src/generated/prisma/enums.ts'
import { newId } from '../../../src/lib/ids.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'

let server: TestServer
const organizations = [newId(), newId()]
const sites = organizations.map((organizationId) => ({ id: newId(), organizationId }))
const principals = [newId(), newId()]
beforeAll(async () => {
  server = await startTestServer({ worker: false })
  const { prisma } = server.app.database
  const createdAt = new Date()
  await prisma.organization.createMany({
    data: organizations.map((id, index) => ({ id, slug: `o-${index}`, name: 'O', createdAt })),
  })
  await prisma.site.createMany({
    data: sites.map((site) => ({ ...site, slug: 'site', name: 'S', hostVersion: '1.0.0', createdAt })),
  })
  await prisma.principal.createMany({ data: principals.map((id) => ({ id, kind: 'API_KEY', createdAt })) })
  const owners = [null, ...organizations]
  const plugins = owners.map((ownerId, index) => ({
    id: newId(),
    slug: `plugin-${index}`,
    name: 'P',
    description: '',
    type: 'WORKFLOW' as const,
    author: 'A',
    ownerId,
    createdAt,
    updatedAt: createdAt,
  }))
  await prisma.plugin.createMany({ data: plugins })
  const registries = Object.values(RegistryType).flatMap((type) =>
    owners
      .filter((organizationId) => type !== 'SITE' || organizationId !== null)
      .map((organizationId, index) => ({
        id: newId(),
        slug: `${type.toLowerCase()}-${index}-${organizationId?.slice(-4) ?? 'platform'}`,
        name: 'R',
        type,
        organizationId,
        siteId: type === 'SITE' ? sites.find((site) => site.organizationId === organizationId)!.id : null,
        createdAt,
      })),
  )
  await prisma.registry.createMany({ data: registries })
  let version = 0
  const packages = registries.flatMap(({ id: registryId }) =>
    plugins.flatMap(({ id: pluginId }) =>
      Object.values(PackageStatus).flatMap((status) =>
        [null, ...principals].map((submittedById) => ({
          id: newId(),
          pluginId,
          registryId,
          status,
          submittedById,
          version: `1.0.${++version}`,
          versionKey: `1.0.${version}`,
          format: 'ZIP' as const,
          manifest: {},
          checksum: 'a'.repeat(64),
          size: 1,
          riskLevel: 'LOW' as const,
          statusReason: ['REJECTED', 'REVOKED'].includes(status) ? 'It leaks.' : null,
          validation: {},
          submittedAt: createdAt,
        })),
      ),
    ),
  )
  await prisma.package.createMany({ data: packages })
})
afterAll(() => server.close())

/** Nobody, everybody with one role somewhere, and everybody with two. */
function actors(): Actor[] {
  const grants: Grant[] = Object.values(Role).flatMap((role) =>
    [null, organizations[0]!].map((organizationId) => ({ role, organizationId, permissions: null })),
  )
  const elsewhere = grants.map(({ role }) => ({ role, organizationId: organizations[1]!, permissions: null }))
  const all = [
    [],
    ...grants.map((grant) => [grant]),
    ...grants.map((grant, index) => [grant, elsewhere[index]!]),
  ]
  return all.map((it) => ({ principalId: principals[0]!, kind: 'api-key', grants: it }))
}

test('what is listed is what is seen one by one, for every role and place', async () => {
  const { prisma } = server.app.database
  const registries = await prisma.registry.findMany()
  const packages = await prisma.package.findMany({ include: { registry: true, plugin: true } })
  expect([registries.length, packages.length]).toEqual([9, 360])
  for (const actor of actors()) {
    const shelves = await prisma.registry.findMany({ where: visibleRegistries(actor), select: { id: true } })
    const seen = registries.filter((registry) => canSeeRegistry(actor, registry)).map(({ id }) => id)
    expect(shelves.map(({ id }) => id).sort()).toEqual(seen.sort())
    const listed = await prisma.package.findMany({ where: visiblePackages(actor), select: { id: true } })
    const single = packages.filter((row) => canSeePackage(actor, { ...row, ownerId: row.plugin.ownerId }))
    expect(listed.map(({ id }) => id).sort()).toEqual(single.map(({ id }) => id).sort())
  }
})

test('so it is with the registries of a site', async () => {
  const { prisma } = server.app.database
  const registries = await prisma.registry.findMany()
  for (const site of sites) {
    const listed = await prisma.registry.findMany({ where: registriesOf(site), select: { slug: true } })
    const single = registries.filter((registry) => installsFrom(site, registry))
    expect(listed.map(({ slug }) => slug).sort()).toEqual(single.map(({ slug }) => slug).sort())
    expect(single.map(({ type }) => type).sort()).toEqual([
      'DEVELOPER',
      'ENTERPRISE',
      'ENTERPRISE',
      'ENTERPRISE',
      'SITE',
    ])
  }
})

test('a plan asks in SQL what a site can have, and agrees with the list', async () => {
  const { prisma } = server.app.database
  const yankedAt = new Date()
  const [yanked] = await prisma.package.findMany({ where: installableAt(sites[0]!), take: 1 })
  await prisma.package.update({ where: { id: yanked!.id }, data: { yankedAt, yankReason: 'Wrong.' } })
  for (const site of sites) {
    const listed = await prisma.package.findMany({ where: installableAt(site), select: { id: true } })
    const found = await prisma.$queryRaw<{ id: string }[]>`
      select k.id from package k join registry r on r.id = k.registry_id where ${installableSql(site)}`
    expect(listed.length).toBeGreaterThan(0)
    expect(found.map(({ id }) => id).sort()).toEqual(listed.map(({ id }) => id).sort())
  }
})

test('the search asks in SQL who sees which plugin, and agrees with the lists', async () => {
  const { prisma } = server.app.database
  const packages = await prisma.package.findMany({ include: { plugin: true } })
  // A plugin of its own for each package, so that one decides about the other.
  await prisma.plugin.createMany({
    data: packages.map(({ id, plugin: { searchName: _generated, ...plugin } }) => ({
      ...plugin,
      id,
      slug: `alone-${id}`,
      settings: {},
    })),
  })
  for (const { id } of packages) await prisma.package.update({ where: { id }, data: { pluginId: id } })
  for (const actor of [...actors(), { ...actors()[5]!, principalId: null }]) {
    const listed = await prisma.plugin.findMany({ where: visiblePlugins(actor), select: { id: true } })
    const found = await prisma.$queryRaw<
      { id: string }[]
    >`select p.id from plugin p where ${visiblePluginsSql(actor)}`
    expect(found.map(({ id }) => id).sort()).toEqual(listed.map(({ id }) => id).sort())
  }
})
