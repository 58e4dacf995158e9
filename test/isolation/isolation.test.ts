import {
  getNamedType,
  isInputObjectType,
  isListType,
  isNonNullType,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputType,
} from 'graphql'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '../../src/lib/ids.ts'
import { encodeGlobalId } from '../../src/graphql/global-id.ts'
import { schema } from '../../src/schema.ts'
import { everyMutation, type Ids } from '../support/every-mutation.ts'
import { ask, eventually, send } from '../support/http.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { MARK, privateRows, privateWorld, type PrivateWorld } from './support/private-world.ts'
import { selectionOf } from './support/selection.ts'

let server: TestServer
let world: PrivateWorld
/** Of an administrator of another organization, and of somebody who may only read there. */
const strangers: string[] = []
beforeAll(async () => {
  server = await startTestServer({ worker: false, env: { PATCHBAY_ALLOW_SELF_REVIEW: 'true' } })
  world = await privateWorld(server)
  const made = await ask(server, CREATE, { key: server.adminKey, variables: { input: GLOBEX } })
  const { organization } = made.json!.data!['createOrganization'] as { organization: { id: string } }
  for (const role of ['ADMIN', 'VIEWER']) {
    const input = { name: role, role, organizationId: organization.id }
    const { json } = await ask(server, CREATE_KEY, { key: server.adminKey, variables: { input } })
    strangers.push((json!.data!['createApiKey'] as { secret: string }).secret)
  }
  // What was seen of the plugin's runs is written a little later, and would be taken for somebody's change.
  await eventually('the health of its runs is recorded', async () => {
    const { rows } = await server.app.database.pool.query('select 1 from health_sample where invocations > 0')
    return rows.length > 0
  })
})
afterAll(async () => {
  await server.close()
})

const CREATE =
  'mutation ($input: CreateOrganizationInput!) { createOrganization(input: $input) { organization { id } } }'
const CREATE_KEY = 'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { secret } }'
const GLOBEX = { slug: 'globex', name: 'Globex' }

/** Private ids with, for each, one of the same type that stands for nothing. */
function pairs(): { type: string; theirs: string; nobodys: string }[] {
  return [...world.ids].flatMap(([type, ids]) =>
    ids.map((theirs) => ({ type, theirs, nobodys: encodeGlobalId(type, newId()) })),
  )
}

/** What a stranger is answered, without what differs for every request. */
async function answer(key: string, query: string, variables: object): Promise<string> {
  const { text } = await ask(server, query, { key, variables })
  return text
}

function expectNothingOf(text: string, sent: unknown = {}): void {
  const given = JSON.stringify(sent)
  const ids = [...world.ids.values()].flat().filter((id) => text.includes(id) && !given.includes(id))
  expect(
    { ids, marked: text.toLowerCase().includes(MARK) && !given.includes(MARK) },
    text.slice(0, 2000),
  ).toEqual({
    ids: [],
    marked: false,
  })
}

test('by its id nothing of it is found, and the answer is that of an id that there is not', async () => {
  for (const key of strangers) {
    for (const { theirs, nobodys } of pairs()) {
      const query = 'query ($id: ID!) { node(id: $id) { id __typename } nodes(ids: [$id]) { id } }'
      const seen = await answer(key, query, { id: theirs })
      expectNothingOf(seen, { theirs })
      expect(seen).toBe(await answer(key, query, { id: nobodys }))
      expect(seen).toContain('NOT_FOUND')
    }
  }
})

/** A way to put an id into a query's arguments: alone, or within a filter. */
interface Slot {
  path: string[]
  list: boolean
}

function slotsOf(args: readonly { name: string; type: GraphQLInputType }[], above: string[] = []): Slot[] {
  return args.flatMap(({ name, type }) => {
    const named = getNamedType(type)
    const path = [...above, name]
    if (named.name === 'ID') return [{ path, list: isListType(isNonNullType(type) ? type.ofType : type) }]
    return isInputObjectType(named) ? slotsOf(Object.values(named.getFields()), path) : []
  })
}

function fill(args: readonly GraphQLArgument[], slot: Slot | null, id: string): Record<string, unknown> {
  const required = args.filter(({ type }) => isNonNullType(type))
  const filled: Record<string, unknown> = Object.fromEntries(
    required.map(({ name, type }) => {
      const named = getNamedType(type).name
      return [name, named === 'ID' ? encodeGlobalId('Site', newId()) : (VALUES[named] ?? MARK)]
    }),
  )
  if (slot === null) return filled
  const [first, second] = slot.path
  const value = slot.list ? [id] : id
  filled[first!] = second === undefined ? value : { [second]: value }
  return filled
}

const VALUES: Readonly<Record<string, unknown>> = { SemVer: '1.0.0', JSON: {}, Int: 1 }

function documentOf(kind: 'query' | 'subscription', field: GraphQLField<unknown, unknown>): string {
  const variables = field.args.map(({ name, type }) => `$${name}: ${String(type)}`).join(', ')
  const given = field.args.map(({ name }) => `${name}: $${name}`).join(', ')
  const call = field.args.length === 0 ? field.name : `${field.name}(${given})`
  const head = variables === '' ? kind : `${kind} (${variables})`
  return `${head} { ${call} ${selectionOf(getNamedType(field.type))} }`
}

const queries = Object.values(schema.getQueryType()!.getFields())

test.each(queries.map((field) => [field.name, field] as const))(
  'the query %s tells nothing of it, whatever ids it is given',
  async (_name, field) => {
    const document = documentOf('query', field)
    for (const key of strangers) {
      const plain = fill(field.args, null, '')
      const text = await answer(key, document, plain)
      // A document that is refused as such would prove nothing.
      expect(text).not.toMatch(/GRAPHQL_VALIDATION_FAILED|are the most|Syntax Error/)
      expectNothingOf(text, plain)
      for (const slot of slotsOf(field.args)) {
        for (const { type, theirs, nobodys } of pairs()) {
          if (!fits(slot, type)) continue
          const variables = fill(field.args, slot, theirs)
          const seen = await answer(key, document, variables)
          expectNothingOf(seen, variables)
          expect(seen).toBe(
            await answer(key, document, { ...variables, ...fillAgain(variables, theirs, nobodys) }),
          )
        }
      }
    }
  },
)

/** `siteId` takes ids of sites; what tells no type takes any. Ids of other types are refused before anything is looked up. */
function fits({ path }: Slot, type: string): boolean {
  const label = path.at(-1)!.replace(/Ids?$/, '').toLowerCase()
  return label === type.toLowerCase() || ['', 'id', 'ids', 'actor', 'subject'].includes(label)
}

test('its own administrator sees it by the same documents', async () => {
  const telling: string[] = []
  for (const field of queries) {
    const slots = slotsOf(field.args)
    const asked = slots.length === 0 ? [fill(field.args, null, '')] : []
    for (const slot of slots) {
      for (const { type, theirs } of pairs()) if (fits(slot, type)) asked.push(fill(field.args, slot, theirs))
    }
    const texts = await Promise.all(
      asked.map((variables) => answer(world.key, documentOf('query', field), variables)),
    )
    if (texts.some((text) => text.includes(MARK))) telling.push(field.name)
  }
  expect(telling).toEqual(expect.arrayContaining(TELLING))
})

const TELLING = [
  'apiKeys',
  'auditLog',
  'deployments',
  'events',
  'installations',
  'invocations',
  'licenses',
  'node',
  'packages',
  'plugins',
  'publisherKeys',
  'registries',
  'settingsRevisions',
  'sites',
  'submissions',
]

/** The same variables with another id. */
function fillAgain(variables: object, from: string, to: string): Record<string, unknown> {
  return JSON.parse(JSON.stringify(variables).replaceAll(from, to)) as Record<string, unknown>
}

test('no mutation changes anything of it, and each answers as for ids that there are not', async () => {
  const before = await privateRows(server, world)
  const theirs: Ids = Object.fromEntries([...world.ids].map(([type, [id]]) => [type, id!]))
  const nobodys: Ids = Object.fromEntries(
    [...world.ids.keys()].map((type) => [type, encodeGlobalId(type, newId())]),
  )
  for (const key of strangers) {
    const ofNobody = everyMutation(nobodys)
    for (const [index, { name, document, variables }] of everyMutation(theirs).entries()) {
      const seen = await answer(key, document, variables)
      expectNothingOf(seen, variables)
      const other = await answer(key, document, ofNobody[index]!.variables)
      expect(`${name} ${seen}`).toBe(`${name} ${other}`)
    }
  }
  expect(await privateRows(server, world)).toEqual(before)
})

test('its routes answer a stranger as one that there is not', async () => {
  const site = Buffer.from(world.siteId, 'base64').toString().split(':')[1]!
  for (const key of strangers) {
    const headers = { authorization: `Bearer ${key}` }
    const there = await send(`${server.url}/ext/zebra-plugin/nothing?site=zebra/zebra-site`, { headers })
    const nowhere = await send(`${server.url}/ext/other-plugin/nothing?site=other/other-site`, { headers })
    expect([there.status, there.text]).toEqual([nowhere.status, nowhere.text.replaceAll('other', 'zebra')])
    expectNothingOf(there.text, { site, zebra: 'zebra' })
  }
})

test('its archives are not there for a stranger', async () => {
  const packages = world.ids.get('Package')!.map((id) => Buffer.from(id, 'base64').toString().split(':')[1]!)
  for (const key of [...strangers, '']) {
    const headers: Record<string, string> = key === '' ? {} : { authorization: `Bearer ${key}` }
    for (const id of packages) {
      const there = await send(`${server.url}/packages/${id}/zebra-plugin-1.0.0.zip`, { headers })
      const nowhere = await send(`${server.url}/packages/${newId()}/zebra-plugin-1.0.0.zip`, { headers })
      expect([there.status, there.text]).toEqual([nowhere.status, nowhere.text])
      expect(there.status).toBe(key === '' ? 401 : 404)
    }
  }
})
