import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { RegistriesDocument, ReviewQueueDocument, type Role } from '../../../schema/generated/graphql.ts'
import { accepted } from '../../../scripts/lib/accepted.ts'
import { graphClient, type GraphClient } from '../../../scripts/lib/graph-client.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { refusalOf } from '../../support/stage.ts'
import { approveAs, keysOf, makeRegistry, openTenant, submitTo, type Tenant } from './support.ts'

let server: TestServer
let admin: GraphClient
let acme: Tenant
let globex: Tenant
let platform: Record<Role, GraphClient>
const registries: Record<string, string | undefined> = { enterprise: undefined }
beforeAll(async () => {
  server = await startTestServer({ worker: false })
  admin = graphClient(server.url, server.adminKey)
  acme = await openTenant(server, admin, 'acme')
  globex = await openTenant(server, admin, 'globex')
  platform = await keysOf(server, admin)
  const { organizationId, siteIds, as } = acme
  const own = { organizationId, name: 'Own' }
  registries['acme-own'] = await makeRegistry(as.ADMIN, { ...own, slug: 'acme-own', type: 'ENTERPRISE' })
  registries['acme-dev'] = await makeRegistry(as.ADMIN, { ...own, slug: 'acme-dev', type: 'DEVELOPER' })
  const site = { siteId: siteIds[0]!, name: 'North' }
  registries['acme-north'] = await makeRegistry(as.ADMIN, { ...site, slug: 'acme-north', type: 'SITE' })
  const dev = { slug: 'platform-dev', name: 'Dev', type: 'DEVELOPER' as const }
  registries['platform-dev'] = await makeRegistry(admin, dev)
  // In each, one package that waits and one that was approved; the platform's are of nobody in particular.
  for (const [slug, registryId] of Object.entries(registries)) {
    const by = slug.startsWith('acme') ? as.ADMIN : platform.ADMIN
    for (const standing of ['new', 'good']) {
      const change = { id: `${slug}-${standing}` }
      const packageId = accepted(await submitTo(by, registryId, change)).package!.id
      if (standing === 'good') await approveAs(platform.REVIEWER, packageId)
    }
  }
})
afterAll(async () => {
  for (const client of Object.values(platform)) await client.close()
  await Promise.all([acme.close(), globex.close(), admin.close()])
  await server.close()
})

/** What each sees: `new` waits for its review, `good` was approved. Everything else is not there for him. */
const BOTH = ['good', 'new']
const GOOD = ['good']
const NONE: string[] = []
const SEEN: Record<'acme' | 'globex' | 'platform', Record<Role, Record<string, string[]>>> = {
  acme: {
    VIEWER: {
      enterprise: GOOD,
      'acme-own': GOOD,
      'acme-north': GOOD,
      'acme-dev': NONE,
      'platform-dev': NONE,
    },
    OPERATOR: {
      enterprise: GOOD,
      'acme-own': GOOD,
      'acme-north': GOOD,
      'acme-dev': BOTH,
      'platform-dev': NONE,
    },
    ADMIN: { enterprise: GOOD, 'acme-own': BOTH, 'acme-north': BOTH, 'acme-dev': BOTH, 'platform-dev': NONE },
    PUBLISHER: {
      enterprise: GOOD,
      'acme-own': BOTH,
      'acme-north': BOTH,
      'acme-dev': BOTH,
      'platform-dev': NONE,
    },
    REVIEWER: {
      enterprise: GOOD,
      'acme-own': BOTH,
      'acme-north': BOTH,
      'acme-dev': BOTH,
      'platform-dev': NONE,
    },
  },
  globex: Object.fromEntries(
    (['VIEWER', 'OPERATOR', 'ADMIN', 'PUBLISHER', 'REVIEWER'] as const).map((role) => [
      role,
      { enterprise: GOOD, 'acme-own': NONE, 'acme-north': NONE, 'acme-dev': NONE, 'platform-dev': NONE },
    ]),
  ) as never,
  platform: {
    VIEWER: {
      enterprise: GOOD,
      'acme-own': GOOD,
      'acme-north': GOOD,
      'acme-dev': NONE,
      'platform-dev': NONE,
    },
    OPERATOR: {
      enterprise: GOOD,
      'acme-own': GOOD,
      'acme-north': GOOD,
      'acme-dev': BOTH,
      'platform-dev': BOTH,
    },
    ADMIN: { enterprise: BOTH, 'acme-own': BOTH, 'acme-north': BOTH, 'acme-dev': BOTH, 'platform-dev': BOTH },
    PUBLISHER: {
      enterprise: BOTH,
      'acme-own': GOOD,
      'acme-north': GOOD,
      'acme-dev': BOTH,
      'platform-dev': BOTH,
    },
    REVIEWER: {
      enterprise: BOTH,
      'acme-own': BOTH,
      'acme-north': BOTH,
      'acme-dev': BOTH,
      'platform-dev': BOTH,
    },
  },
}

const CASES = Object.entries(SEEN).flatMap(([of, roles]) =>
  Object.entries(roles).map(([role, seen]) => ({ of, role: role as Role, seen })),
)

describe.each(CASES)('$role of $of', ({ of, role, seen }) => {
  const client = (): GraphClient => ({ acme: acme.as, globex: globex.as, platform })[of]![role]

  test('sees these packages and registries, and no others', async () => {
    const { packages } = await client().request(ReviewQueueDocument, { first: 100 })
    const found = packages.nodes.map(({ plugin }) => plugin.slug).filter((slug) => !slug.startsWith('by-'))
    const expected = Object.entries(seen).flatMap(([slug, standings]) =>
      standings.map((it) => `${slug}-${it}`),
    )
    expect(found.sort()).toEqual(expected.sort())
    const listed = (await client().request(RegistriesDocument, { first: 100 })).registries.nodes
    const visible = Object.entries(seen).filter(([, standings]) => standings.length > 0)
    expect(listed.map(({ slug }) => slug).sort()).toEqual(visible.map(([slug]) => slug).sort())
  })

  test('submits where he may; where he sees nothing there is nothing', async () => {
    for (const [slug, registryId] of Object.entries(registries)) {
      const change = { id: `by-${of}-${role.toLowerCase()}-to-${slug}` }
      const outcome = await refusalOf(submitTo(client(), registryId, change).then(accepted))
      expect([slug, outcome?.code ?? 'SUBMITTED']).toEqual([slug, mayBe(slug)])
      if (outcome?.code === 'NOT_FOUND')
        expect(outcome.message).toBe('There is no such registry, or you may not see it.')
    }

    function mayBe(slug: string): string {
      if (seen[slug]!.length === 0) return 'NOT_FOUND'
      const writes = role === 'ADMIN' || role === 'PUBLISHER'
      const works = writes || role === 'OPERATOR' || role === 'REVIEWER'
      return (slug.endsWith('-dev') ? works : writes) ? 'SUBMITTED' : 'FORBIDDEN'
    }
  })
})
