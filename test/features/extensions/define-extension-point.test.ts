import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  DefineExtensionPointDocument,
  ExtensionPointsDocument,
  type DefineExtensionPointInput,
} from '../../../schema/generated/graphql.ts'
import { accepted } from '../../../scripts/lib/accepted.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import {
  codesOf,
  openStage,
  publishPlugin,
  refusalOf,
  run,
  submit,
  zipOf,
  type TestStage,
} from '../../support/stage.ts'

let server: TestServer
let stage: TestStage
beforeAll(async () => {
  server = await startTestServer()
  stage = await openStage(server)
})
afterAll(async () => {
  await stage.close()
  await server.close()
})

async function define(input: DefineExtensionPointInput) {
  return (await stage.admin.request(DefineExtensionPointDocument, { input })).defineExtensionPoint
}

const HOOKED = `export default { hooks: { service_provision: () => null } }\n`

test('while the host has declared nothing, no name is wrong; from then on unknown ones are, with what was meant', async () => {
  const before = accepted(await submit(stage.publisher, zipOf({ id: 'early', hooks: ['anything_at_all'] })))
  expect(before.validation!.valid).toBe(true)
  accepted(
    await define({ kind: 'HOOK', name: 'service_provision', description: 'Before a service is made.' }),
  )
  const mistyped = await submit(stage.publisher, zipOf({ id: 'mistyped', hooks: ['service_provison'] }))
  expect(codesOf(mistyped)).toEqual(['MANIFEST_INVALID'])
  expect(mistyped.validation!.findings.some((it) => it.message.includes('service_provision'))).toBe(true)
  accepted(await submit(stage.publisher, zipOf({ id: 'known', hooks: ['service_provision'] }, HOOKED)))
  // Other kinds are still open.
  accepted(await submit(stage.publisher, zipOf({ id: 'listening', events: ['auth.user.created'] })))
})

test('it is listed with how many running installations use it, and what plugins add of their own', async () => {
  accepted(
    await define({
      kind: 'HOOK',
      name: 'counted_hook',
      description: 'Counted.',
      payloadSchema: { type: 'object' },
    }),
  )
  const point = async (name: string) =>
    (await stage.operator.request(ExtensionPointsDocument, {})).extensionPoints.find((it) => it.name === name)
  expect(await point('counted_hook')).toMatchObject({ subscribers: 0, payloadSchema: { type: 'object' } })
  await run(
    stage,
    { id: 'counts', hooks: ['counted_hook'] },
    'export default { hooks: { counted_hook: () => 1 } }\n',
  )
  expect(await point('counted_hook')).toMatchObject({ subscribers: 1 })
  await publishPlugin(stage, { id: 'adds-hooks', contributes: { hooks: ['adds-hooks.synced'] } })
  expect(await point('adds-hooks.synced')).toMatchObject({ kind: 'HOOK', subscribers: 0 })
  const stranger = await openStage(server, 'elsewhere')
  const seen = await stranger.operator.request(ExtensionPointsDocument, {})
  expect(seen.extensionPoints.find((it) => it.name === 'counted_hook')).toMatchObject({ subscribers: 0 })
  await stranger.close()
})

test('saying it anew changes the words, and makes no second one', async () => {
  accepted(await define({ kind: 'FILTER', name: 'generator.state', description: 'One.' }))
  accepted(await define({ kind: 'FILTER', name: 'generator.state', description: 'Two.' }))
  const { extensionPoints } = await stage.operator.request(ExtensionPointsDocument, {})
  expect(extensionPoints.filter((it) => it.name === 'generator.state')).toMatchObject([
    { description: 'Two.' },
  ])
})

test('names that are none, schemas that are none, and Patchbay’s own events are refused', async () => {
  const wrong: DefineExtensionPointInput[] = [
    { kind: 'HOOK', name: 'no spaces', description: 'x' },
    { kind: 'HOOK', name: '', description: 'x' },
    { kind: 'HOOK', name: 'x'.repeat(129), description: 'x' },
    { kind: 'EVENT', name: 'single', description: 'x' },
    { kind: 'EVENT', name: 'plugin.installed', description: 'x' },
    { kind: 'RESOURCE', name: 'materials:write', description: 'x' },
    { kind: 'HOOK', name: 'fine', description: '' },
    { kind: 'HOOK', name: 'fine', description: 'x', payloadSchema: 'text' },
    { kind: 'HOOK', name: 'fine', description: 'x', payloadSchema: { type: 'nonsense' } },
  ]
  for (const input of wrong)
    expect(codesOf(await define(input)), JSON.stringify(input)).toEqual(['INVALID_INPUT'])
  const input = { kind: 'HOOK' as const, name: 'fine', description: 'x' }
  expect((await refusalOf(stage.operator.request(DefineExtensionPointDocument, { input })))?.code).toBe(
    'FORBIDDEN',
  )
})

test('the audit log tells the schema that a point keeps, and of a wrong one no more than a line', async () => {
  const payloadSchema = { type: 'object' }
  const point = { kind: 'HOOK' as const, name: 'kept_schema', description: 'One.' }
  accepted(await define({ ...point, payloadSchema }))
  accepted(await define({ ...point, description: 'Two.' }))
  const entry = await server.app.database.prisma.auditEntry.findFirstOrThrow({
    where: { action: 'extension_point.defined', details: { path: ['name'], equals: point.name } },
    orderBy: { id: 'desc' },
  })
  expect(entry.details).toMatchObject({
    before: { description: 'One.', payloadSchema },
    after: { description: 'Two.', payloadSchema },
  })
  const wrong = await define({ ...point, payloadSchema: { pattern: 'x'.repeat(500_000) } })
  expect(wrong.userErrors[0]!.message.length).toBeLessThan(600)
})
