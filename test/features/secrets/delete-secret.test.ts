import { afterAll, beforeAll, expect, test } from 'vitest'
import { SetSecretDocument } from '../../../schema/generated/graphql.ts'
import { accepted } from '../../../scripts/lib/accepted.ts'
import { ask } from '../../support/http.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { install, openStage, publishPlugin, type TestStage } from '../../support/stage.ts'

let server: TestServer
let stage: TestStage
let other: TestStage
beforeAll(async () => {
  server = await startTestServer({ worker: false })
  stage = await openStage(server, 'acme')
  other = await openStage(server, 'globex')
})
afterAll(async () => {
  await Promise.all([stage.close(), other.close()])
  await server.close()
})

const remove = async (key: string, input: object) =>
  await ask(
    server,
    'mutation ($input: DeleteSecretInput!) { deleteSecret(input: $input) { secret { key } userErrors { code field } } }',
    { key, variables: { input } },
  )

test('a secret that is deleted is gone with the value before it; its version stands in the audit log', async () => {
  const packageId = await publishPlugin(stage, { id: 'keeper' })
  const { id: installationId } = accepted(await install(stage, packageId)).installation!
  for (const value of ['hunter2-first', 'hunter2-second']) {
    const input = { installationId, key: 'TOKEN', value }
    accepted((await stage.operator.request(SetSecretDocument, { input })).setSecret)
  }
  const foreign = await remove(other.operatorKey, { installationId, key: 'TOKEN' })
  expect(foreign.json!.errors).toMatchObject([{ extensions: { code: 'NOT_FOUND' } }])

  const done = await remove(stage.operatorKey, { installationId, key: 'TOKEN' })
  expect(done.json!.data).toEqual({ deleteSecret: { secret: null, userErrors: [] } })
  const { rows } = await server.app.database.pool.query('select 1 from secret')
  expect(rows).toEqual([])
  const entry = await server.app.database.prisma.auditEntry.findFirstOrThrow({
    where: { action: 'secret.deleted' },
  })
  expect(entry.details).toMatchObject({ slug: 'keeper', key: 'TOKEN', before: { version: 2 }, after: null })

  const again = await remove(stage.operatorKey, { installationId, key: 'TOKEN' })
  expect(again.json!.data).toEqual({
    deleteSecret: { secret: null, userErrors: [{ code: 'NOT_FOUND', field: ['key'] }] },
  })
})
