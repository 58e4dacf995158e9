import { readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { CreateOrganizationDocument, ViewerDocument } from '../../schema/generated/graphql.ts'
import { graphClient } from '../../scripts/lib/graph-client.ts'
import { accepted } from '../../scripts/lib/accepted.ts'
import { drawApiKey } from '../../src/auth/api-key.ts'
import { emptyDirectory, launch, nothingLeft } from './support/launched-service.ts'

test('a cold start prints four lines when it is ready, and the key works; a second start finds its data and the same key', async () => {
  const dataDirectory = path.join(await emptyDirectory(), 'not-there-yet')
  const first = launch({ dataDirectory })
  const greeting = await first.greeting()
  expect((await fetch(`${greeting.url}/livez`)).status).toBe(200)
  expect((await fetch(`${greeting.url}/readyz`)).status).toBe(200)

  expect(first.output().stdout.split('\n').slice(0, 4)).toEqual(greeting.lines)
  expect(greeting.lines[0]).toMatch(/^GraphiQL +http:\/\/127\.0\.0\.1:[1-9]\d*\/graphql$/)
  expect(greeting.dataDirectory).toBe(dataDirectory)
  expect(greeting.lines[3]).toBe(`Next       npm run demo -- --url ${greeting.url}`)
  const keyFile = path.join(dataDirectory, 'admin.key')
  expect(greeting.lines[2]).toContain(keyFile)
  expect((await stat(keyFile)).mode & 0o777).toBe(0o600)
  expect((await readFile(keyFile, 'utf8')).trim()).toBe(greeting.adminKey)
  const input = { slug: 'acme', name: 'Acme' }
  const made = await graphClient(greeting.url, greeting.adminKey).request(CreateOrganizationDocument, {
    input,
  })
  const organization = accepted(made.createOrganization).organization!
  first.signal('SIGTERM')
  expect(await first.ended).toEqual({ code: 0, signal: null })

  const second = launch({ dataDirectory })
  const again = await second.greeting()

  expect(second.output().stdout.split('\n').slice(0, 4)).toEqual(again.lines)
  expect(again.adminKey).toBe(greeting.adminKey)
  const admin = graphClient(again.url, again.adminKey)
  const { createOrganization } = await admin.request(CreateOrganizationDocument, { input })
  expect(createOrganization.userErrors).toMatchObject([{ code: 'ALREADY_EXISTS' }])
  expect(organization.slug).toBe('acme')
  expect(second.output().stderr).toBe('')
  second.signal('SIGTERM')
  await nothingLeft(second)
})

test('PATCHBAY_ADMIN_KEY is the key, is not printed, and no other one is made; HOST 0.0.0.0 is opened as localhost', async () => {
  const key = drawApiKey().secret
  const dataDirectory = await emptyDirectory()
  const service = launch({ dataDirectory, env: { PATCHBAY_ADMIN_KEY: key, HOST: '0.0.0.0' } })
  const { url, lines } = await service.greeting()

  expect(url).toMatch(/^http:\/\/localhost:\d+$/)
  const { viewer } = await graphClient(url, key).request(ViewerDocument, {})
  expect(viewer).toMatchObject({ prefix: key.slice(0, 12), memberships: [{ role: 'ADMIN' }] })
  expect(lines[2]).toBe('Admin key  the one of PATCHBAY_ADMIN_KEY')
  expect(service.output().stdout + service.output().stderr).not.toContain(key)
  await expect(stat(path.join(dataDirectory, 'admin.key'))).rejects.toThrow('ENOENT')
  service.signal('SIGTERM')
  await service.ended
})
