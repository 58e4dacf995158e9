import { afterAll, beforeAll, expect, test } from 'vitest'
import { schema } from '../../src/schema.ts'
import { ask, eventually } from '../support/http.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { MARK, privateWorld, type PrivateWorld } from './support/private-world.ts'

let server: TestServer
let world: PrivateWorld
let stranger: string
beforeAll(async () => {
  server = await startTestServer({ env: { PATCHBAY_ALLOW_SELF_REVIEW: 'true' } })
  world = await privateWorld(server)
  const organization = await mutate(
    server.adminKey,
    'createOrganization',
    { slug: 'globex', name: 'Globex' },
    'organization { id }',
  )
  const organizationId = (organization['organization'] as { id: string }).id
  const key = await mutate(
    server.adminKey,
    'createApiKey',
    { name: 'admin', role: 'ADMIN', organizationId },
    'secret',
  )
  stranger = String(key['secret'])
})
afterAll(async () => {
  await server.close()
})

async function mutate(
  key: string,
  field: string,
  input: object,
  selection: string,
): Promise<Record<string, unknown>> {
  const type = schema.getMutationType()!.getFields()[field]!.args[0]!.type
  const query = `mutation ($input: ${String(type)}) { ${field}(input: $input) { ${selection} userErrors { message } } }`
  const { json } = await ask(server, query, { key, variables: { input } })
  expect(json!.errors).toBeUndefined()
  const payload = json!.data![field] as Record<string, unknown>
  expect(payload['userErrors']).toEqual([])
  return payload
}

/** What a stream has said so far, without its keep-alives. */
interface Listener {
  heard: () => string
  stop: () => void
}

async function listen(key: string, query: string, variables: object): Promise<Listener> {
  const abort = new AbortController()
  const response = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'text/event-stream',
      authorization: `Bearer ${key}`,
    },
    body: JSON.stringify({ query, variables }),
    signal: abort.signal,
  })
  let text = ''
  const reading = (async () => {
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) text += chunk
  })()
  // It ends by our own abort, or has said what there is to say.
  reading.catch(() => undefined)
  return { heard: () => text.replaceAll(/^:.*\n/gm, ''), stop: () => abort.abort() }
}

const one = (type: string): string => world.ids.get(type)![0]!

/** Of each stream: what is asked for, by which ids, and what makes it speak. */
const STREAMS: Record<string, { query: string; filters: () => object[]; act: () => Promise<unknown> }> = {
  installationChanged: {
    query:
      'subscription ($installationId: ID, $siteId: ID, $organizationId: ID) { installationChanged(installationId: $installationId, siteId: $siteId, organizationId: $organizationId) { installation { id site { name } } } }',
    filters: () => [
      {},
      { installationId: world.installationId },
      { siteId: world.siteId },
      { organizationId: world.organizationId },
    ],
    act: async () => {
      const input = { installationId: world.installationId }
      await mutate(world.key, 'deactivateInstallation', input, 'installation { id }')
      await mutate(world.key, 'activateInstallation', input, 'installation { id }')
    },
  },
  invocationFinished: {
    query:
      'subscription ($installationId: ID!) { invocationFinished(installationId: $installationId) { invocation { id installation { site { name } } } } }',
    filters: () => [{ installationId: world.installationId }],
    act: async () => {
      const input = { installationId: world.installationId }
      await mutate(world.key, 'deactivateInstallation', input, 'installation { id }')
      await mutate(world.key, 'activateInstallation', input, 'installation { id }')
    },
  },
  installationHealth: {
    query:
      'subscription ($installationId: ID, $siteId: ID, $organizationId: ID, $pluginId: ID) { installationHealth(installationId: $installationId, siteId: $siteId, organizationId: $organizationId, pluginId: $pluginId) { installation { id site { name } } } }',
    filters: () => [
      {},
      { installationId: world.installationId },
      { siteId: world.siteId },
      { organizationId: world.organizationId },
      { pluginId: one('Plugin') },
    ],
    act: async () =>
      await mutate(
        world.key,
        'recordHealth',
        { samples: [{ installationId: world.installationId, status: 'HEALTHY' }] },
        'accepted',
      ),
  },
  events: {
    query:
      'subscription ($organizationId: ID, $type: String) { events(organizationId: $organizationId, type: $type) { id type payload } }',
    filters: () => [{}, { organizationId: world.organizationId }, { type: 'zebra.*' }],
    act: async () =>
      await mutate(
        world.key,
        'emitEvent',
        { type: 'zebra.seen', payload: { zebra: 1 }, organizationId: world.organizationId },
        'event { id }',
      ),
  },
  webhookDelivered: {
    query:
      'subscription ($webhookId: ID) { webhookDelivered(webhookId: $webhookId) { delivery { id webhook { name } } } }',
    filters: () => [{ webhookId: one('Webhook') }, {}],
    act: async () =>
      await mutate(
        world.key,
        'emitEvent',
        { type: 'zebra.ridden', payload: {}, organizationId: world.organizationId },
        'event { id }',
      ),
  },
  packageChanged: {
    query:
      'subscription ($pluginId: ID) { packageChanged(pluginId: $pluginId) { package { id plugin { name } } } }',
    filters: () => [{}, { pluginId: one('Plugin') }],
    act: async () =>
      await mutate(
        world.key,
        'deprecatePackage',
        { packageId: world.packageId, message: `zebra ${Math.random()}` },
        'package { id }',
      ),
  },
  auditLogged: {
    query:
      'subscription ($organizationId: ID) { auditLogged(organizationId: $organizationId) { entry { id action details } } }',
    filters: () => [{ organizationId: world.organizationId }, {}],
    act: async () =>
      await mutate(
        world.key,
        'emitEvent',
        { type: 'zebra.seen', payload: { zebra: 2 }, organizationId: world.organizationId },
        'event { id }',
      ),
  },
}

test.each(Object.keys(STREAMS))('%s tells a stranger nothing while its owner hears it', async (name) => {
  const { query, filters, act } = STREAMS[name]!
  const owner = await listen(world.key, query, filters()[0]!)
  const strangers = await Promise.all(filters().map((variables) => listen(stranger, query, variables)))
  await eventually('the owner hears of it', async () => {
    await act()
    return owner.heard().includes(MARK)
  })
  // The streams of a process are fed in one order: what the strangers could hear, they have heard by the next round.
  await act()
  for (const listener of strangers) {
    expect(listener.heard()).not.toContain(MARK)
    for (const id of [...world.ids.values()].flat()) expect(listener.heard()).not.toContain(id)
  }
  for (const listener of [owner, ...strangers]) listener.stop()
})

test('a deployment of others is one that there is not', async () => {
  const query =
    'subscription ($deploymentId: ID!) { deploymentProgress(deploymentId: $deploymentId) { deployment { id } } }'
  const listener = await listen(stranger, query, { deploymentId: one('Deployment') })
  await eventually('it is refused', () => listener.heard().includes('NOT_FOUND'))
  expect(listener.heard()).not.toContain(one('Deployment'))
})

test('each subscription of the graph is tried here', () => {
  const known = [...Object.keys(STREAMS), 'deploymentProgress'].sort()
  expect(Object.keys(schema.getSubscriptionType()!.getFields()).sort()).toEqual(known)
})
