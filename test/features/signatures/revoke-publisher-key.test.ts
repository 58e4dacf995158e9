import { generateKeyPairSync } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  RegisterPublisherKeyDocument,
  RevokePublisherKeyDocument,
  type Role,
} from '../../../schema/generated/graphql.ts'
import { accepted } from '../../../scripts/lib/accepted.ts'
import { graphClient, type GraphClient } from '../../../scripts/lib/graph-client.ts'
import { encodeGlobalId } from '../../../src/graphql/global-id.ts'
import { newId } from '../../../src/lib/ids.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { refusalOf } from '../../support/stage.ts'
import { keysOf, openTenant, type Tenant } from '../registries/support.ts'

let server: TestServer
let admin: GraphClient
let acme: Tenant
let globex: Tenant
let platform: Record<Role, GraphClient>
beforeAll(async () => {
  server = await startTestServer({ worker: false })
  admin = graphClient(server.url, server.adminKey)
  acme = await openTenant(server, admin, 'acme')
  globex = await openTenant(server, admin, 'globex')
  platform = await keysOf(server, admin)
})
afterAll(async () => {
  for (const client of Object.values(platform)) await client.close()
  await Promise.all([acme.close(), globex.close(), admin.close()])
  await server.close()
})

async function registered(by: GraphClient, organizationId?: string): Promise<string> {
  const publicKey = generateKeyPairSync('ed25519').publicKey.export({ format: 'pem', type: 'spki' }) as string
  const input = { name: 'key', publicKey, ...(organizationId === undefined ? {} : { organizationId }) }
  const { registerPublisherKey } = await by.request(RegisterPublisherKeyDocument, { input })
  return accepted(registerPublisherKey).publisherKey!.id
}

const revoke = async (by: GraphClient, publisherKeyId: string) =>
  (await by.request(RevokePublisherKeyDocument, { input: { publisherKeyId, reason: 'It leaked.' } }))
    .revokePublisherKey

test('who submits or reviews for the owner of a key may revoke it', async () => {
  for (const by of [
    acme.as.PUBLISHER,
    acme.as.REVIEWER,
    acme.as.ADMIN,
    platform.PUBLISHER,
    platform.REVIEWER,
  ])
    accepted(await revoke(by, await registered(acme.as.PUBLISHER, acme.organizationId)))
  for (const by of [platform.PUBLISHER, platform.REVIEWER])
    accepted(await revoke(by, await registered(platform.PUBLISHER)))
})

test('for everybody else a key is not there', async () => {
  const ofAcme = await registered(acme.as.PUBLISHER, acme.organizationId)
  const ofPlatform = await registered(platform.PUBLISHER)
  const unknown = await refusalOf(revoke(admin, encodeGlobalId('PublisherKey', newId())))
  expect(unknown).toMatchObject({ code: 'NOT_FOUND' })
  for (const by of [...Object.values(globex.as), acme.as.VIEWER, acme.as.OPERATOR])
    expect(await refusalOf(revoke(by, ofAcme))).toEqual(unknown)
  for (const by of Object.values(acme.as)) expect(await refusalOf(revoke(by, ofPlatform))).toEqual(unknown)
})
