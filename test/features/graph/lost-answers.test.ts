import { afterAll, beforeAll, expect, test } from 'vitest'
import { schema } from '../../../src/schema.ts'
import { ask } from '../../support/http.ts'
import { startTwin } from '../../support/life.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { openStage, publishPlugin, rowId, submit, zipOf, type TestStage } from '../../support/stage.ts'
import { STEPS, type Walked } from './support/lost-answer-steps.ts'

/** Two processes' worth of servers on one database, in which no answer is kept after its change. */
let here: TestServer
let there: TestServer
let stage: TestStage
let walked: Walked
const made: Record<string, string> = {}

beforeAll(async () => {
  here = await startTestServer({ worker: false, env: { PATCHBAY_ALLOW_SELF_REVIEW: 'true' } })
  there = await startTwin(here)
  stage = await openStage(here)
  const settings = { type: 'object', properties: { color: { type: 'string' } } }
  const jobs = [{ name: 'tidy', schedule: '0 4 * * *' }]
  const contributes = { permissions: ['remembered:read'] }
  const plugin = { id: 'remembered', settings, jobs, contributes }
  const packages = {
    old: await publishPlugin(stage, { ...plugin, version: '1.0.0' }, CODE),
    next: await publishPlugin(stage, { ...plugin, version: '1.1.0' }, CODE),
    waiting: (await submit(stage.publisher, zipOf({ id: 'waiting' }))).package!.id,
  }
  const { pluginId } = await here.app.database.prisma.package.findUniqueOrThrow({
    where: { id: rowId(packages.old) },
    select: { pluginId: true },
  })
  made['plugin'] = Buffer.from(`Plugin:${pluginId}`).toString('base64')
  walked = { server: here, stage, packages, made }
  await here.owner.query(`
    create function lose_answer() returns trigger language plpgsql as
      $$ begin if current_query() like '%case when ended%' then return null; end if; return new; end $$;
    create trigger lose_answer before update on idempotency_key for each row execute function lose_answer()`)
}, 60_000)
afterAll(async () => {
  await stage.close()
  await there.close()
  await here.close()
})

const CODE = `import { definePlugin } from 'patchbay'
export default definePlugin({ jobs: { tidy: () => 'tidy' } })
`

test.each(Object.entries(STEPS))(
  '%s: where the process died between change and answer, a repeat at another gets the first answer and changes nothing',
  async (name, { input, selection }) => {
    const variables = { input: { ...(await input(walked)), idempotencyKey: `lost-${name}` } }
    const type = await inputType(name)
    const query = `mutation ($input: ${type}!) { ${name}(input: $input) { ${selection} userErrors { code message } } }`
    const first = await ask(here, query, { key: here.adminKey, variables })
    expect(first.json!.errors).toBeUndefined()
    expect(first.json).toMatchObject({ data: { [name]: { userErrors: [] } } })
    await expireLeases()
    const before = await told()

    const again = await ask(there, query, { key: here.adminKey, variables })

    expect(again.json).toEqual(first.json)
    expect(await told()).toBe(before)
    const payload = first.json!.data![name] as Record<string, { id?: string } | null>
    for (const [field, value] of Object.entries(payload)) if (value?.id !== undefined) made[field] = value.id
  },
)

/** Those of which there is no step, and why. */
const WITHOUT = {
  'it takes no key': ['syncPlugins'],
  'its own test does': ['rotateMasterKey'],
  'it takes a file, which a walk of JSON has not': ['submitPackage'],
  'it says its answer as its neighbours do that are walked': [
    'promotePackage',
    'rejectPackage',
    'retryInstallation',
  ],
  'it runs anew or goes on, so that its answer is a new one': [
    'applyFilter',
    'deactivateAll',
    'dispatchHook',
  ],
}

test('every mutation of the graph is walked, or there is a reason why not', () => {
  const all = Object.keys(schema.getMutationType()!.getFields())
  expect(all.filter((name) => !(name in STEPS)).toSorted()).toEqual(Object.values(WITHOUT).flat().toSorted())
})

async function inputType(mutation: string): Promise<string> {
  const query = '{ __schema { mutationType { fields { name args { type { ofType { name } } } } } } }'
  const { json } = await ask(here, query, { key: here.adminKey })
  type Field = { name: string; args: { type: { ofType: { name: string } } }[] }
  const { mutationType } = json!.data!['__schema'] as { mutationType: { fields: Field[] } }
  return mutationType.fields.find((it) => it.name === mutation)!.args[0]!.type.ofType.name
}

/** Nobody renews them: who held them is dead. */
async function expireLeases(): Promise<void> {
  await here.app.database.pool.query(`update idempotency_key set lease_until = now() - interval '1 second'`)
}

/** Whatever is changed is told; measurements come by themselves. */
async function told(): Promise<number> {
  return await here.app.database.prisma.event.count({ where: { NOT: { type: 'health.recorded' } } })
}
