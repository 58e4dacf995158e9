import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { RotateMasterKeyDocument, SetSecretDocument } from '../../../schema/generated/graphql.ts'
import { accepted } from '../../../scripts/lib/accepted.ts'
import { graphClient } from '../../../scripts/lib/graph-client.ts'
import { readSecret } from '../../../src/features/secrets/read-secret.ts'
import { currentSigningKey } from '../../../src/features/signatures/signing-key.ts'
import { agreeOnKeys } from '../../../src/platform/agree-on-keys.ts'
import { keyFingerprint } from '../../../src/platform/crypto.ts'
import { MasterKeys } from '../../../src/platform/master-keys.ts'
import { ownMasterKeys } from '../../../src/platform/master-key-files.ts'
import { MASTER_KEY } from '../../support/master-key.ts'
import { createTestDatabase } from '../../support/postgres.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { openStage, refusalOf, rowId, type TestStage } from '../../support/stage.ts'

const NEW = randomBytes(32)
const newId = keyFingerprint(NEW)
const CHANGING = {
  PATCHBAY_SECRETS_KEY: NEW.toString('base64'),
  PATCHBAY_SECRETS_KEY_PREVIOUS: MASTER_KEY.toString('base64'),
}
let database: Awaited<ReturnType<typeof createTestDatabase>>
let first: TestServer
let stage: TestStage
let other: TestStage
beforeAll(async () => {
  database = await createTestDatabase()
  first = await startTestServer({ worker: false, databaseUrl: database.url })
  stage = await openStage(first, 'acme')
  other = await openStage(first, 'globex')
  await set(stage, 'of acme')
  await set(other, 'of globex')
})
afterAll(async () => {
  await database.drop()
})

const ownerOf = ({ organizationId }: TestStage) => ({
  organizationId: rowId(organizationId),
  pluginId: null,
  siteId: null,
})
const read = (server: TestServer, by: TestStage) => readSecret(server.app, ownerOf(by), 'TOKEN')
const set = async (by: TestStage, value: string) =>
  accepted(
    (
      await by.operator.request(SetSecretDocument, {
        input: { organizationId: by.organizationId, key: 'TOKEN', value },
      })
    ).setSecret,
  )
const rotate = async ({ url, adminKey }: Pick<TestServer, 'url' | 'adminKey'>, idempotencyKey?: string) =>
  (
    await graphClient(url, adminKey).request(RotateMasterKeyDocument, {
      input: idempotencyKey ? { idempotencyKey } : {},
    })
  ).rotateMasterKey
async function start(env: Record<string, string> = {}): Promise<TestServer> {
  const server = await startTestServer({ worker: false, databaseUrl: database.url, env })
  onTestFinished(() => server.close())
  return server
}
async function sealedUnder({ owner }: TestServer): Promise<string[]> {
  const { rows } = await owner.query<{ id: string }>('select master_key_id as id from secret_key')
  return rows.map(({ id }) => id)
}

test('a new key comes into force only when every process knows it', async () => {
  expect(await rotate(first)).toMatchObject({ userErrors: [{ code: 'INVALID_STATE' }] })
  const second = await start(CHANGING)
  const refused = await rotate(second)
  expect(refused.userErrors).toMatchObject([{ code: 'INVALID_STATE' }])
  expect(refused.userErrors[0]!.message).toContain('One process does not know')
  expect(await refusalOf(stage.operator.request(RotateMasterKeyDocument, { input: {} }))).toMatchObject({
    code: 'FORBIDDEN',
  })
  expect(await read(second, stage)).toBe('of acme')
  expect(await sealedUnder(first)).toEqual([keyFingerprint(MASTER_KEY), keyFingerprint(MASTER_KEY)])
})

test('a rotation that is broken off leaves everything readable, and goes on when it is asked again', async () => {
  await Promise.all([stage.close(), other.close()])
  await first.close()
  const [second, third] = [await start(CHANGING), await start(CHANGING)]
  // As if it were killed between the organizations' keys and those of the registry.
  await second.owner.query(`create function refuse() returns trigger language plpgsql as
    $$ begin raise exception 'killed'; end $$`)
  await second.owner.query('create trigger refuse before update on signing_key execute function refuse()')
  // Who is killed does not free its idempotency key either.
  await second.owner.query(`create function keep() returns trigger language plpgsql as
    $$ begin return null; end $$`)
  await second.owner.query(
    'create trigger keep before delete on idempotency_key for each row execute function keep()',
  )
  await expect(rotate(second, 'once')).rejects.toThrow()
  await second.owner.query('drop trigger refuse on signing_key; drop trigger keep on idempotency_key')
  await second.owner.query("update idempotency_key set lease_until = now() - interval '1 second'")
  for (const server of [second, third]) {
    expect(await read(server, stage)).toBe('of acme')
    expect((await currentSigningKey(server.app)).keyId).toMatch(/./)
  }
  await expect(agreeOnKeys(database.url, new MasterKeys(MASTER_KEY))).rejects.toThrow(
    /PATCHBAY_SECRETS_KEY is not the key/,
  )
  await expect(agreeOnKeys(database.url, new MasterKeys(NEW))).rejects.toThrow(/was not finished/)

  // This time what is killed is the process that has changed it, before it can keep its answer.
  await second.owner.query(`create function lose() returns trigger language plpgsql as
    $$ begin if current_query() like '%case when ended%' then return null; end if; return new; end $$`)
  await second.owner.query(
    'create trigger lose before update on idempotency_key for each row execute function lose()',
  )
  const again = { url: third.url, adminKey: second.adminKey }
  expect(await rotate(again, 'once')).toMatchObject({ keyId: newId, rewrapped: 1, userErrors: [] })
  expect(await sealedUnder(third)).toEqual([newId, newId])
  expect(await rotate(second, 'once')).toMatchObject({ keyId: newId, rewrapped: 1 })
  expect(await rotate(second)).toMatchObject({ keyId: newId, rewrapped: 0 })
  const { rows } = await second.owner.query<{ action: string; details: unknown }>(
    "select action, details from audit_entry where action like 'secret.key%' order by id",
  )
  expect(rows).toMatchObject([
    { action: 'secret.key_rotation_started', details: { from: keyFingerprint(MASTER_KEY), to: newId } },
    { action: 'secret.key_rotated', details: { to: newId } },
  ])
})

test('afterwards the new key alone is enough, and SQL of plugins reads by the same role as before', async () => {
  const server = await start({ PATCHBAY_SECRETS_KEY: CHANGING.PATCHBAY_SECRETS_KEY })
  expect(await read(server, stage)).toBe('of acme')
  expect(await read(server, other)).toBe('of globex')
  expect((await currentSigningKey(server.app)).keyId).toMatch(/./)
  const { rows } = await server.app.pluginDatabase!.read(rowId(stage.organizationId), (query) =>
    query('select slug from site limit 1'),
  )
  expect(rows).toHaveLength(1)
})

test('a key in the data directory is kept beside the next one, until that one is in force', async () => {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'patchbay-keys-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const keys = await ownMasterKeys(directory)
  const next = await keys.renewal!.draw()
  expect(await keys.renewal!.draw()).toEqual(next)
  await keys.renewal!.keep(keys.wanted)
  expect((await ownMasterKeys(directory)).ids).toEqual([keys.wanted, keyFingerprint(next)])
  await keys.renewal!.keep(keyFingerprint(next))
  expect((await ownMasterKeys(directory)).ids).toEqual([keyFingerprint(next)])
  expect(await readdir(directory)).toEqual(['secrets.key'])
  expect(Buffer.from(await readFile(path.join(directory, 'secrets.key'), 'utf8'), 'base64')).toEqual(next)
})
