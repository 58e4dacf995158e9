import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { send } from '../support/http.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ worker: false, env: { PATCHBAY_PRODUCTION: 'true' } })
})
afterAll(() => server.close())

test('an editor finds the schema of manifests without a key, and checks a manifest by it', async () => {
  const { status, headers, json } = await send(`${server.url}/schemas/manifest.json`)
  expect(status).toBe(200)
  expect(headers.get('access-control-allow-origin')).toBe('*')
  const ajv = new Ajv2020({ strict: false })
  addFormats.default(ajv)
  const validate = ajv.compile(json as object)
  const example = path.join(import.meta.dirname, '../../plugins-examples/mikrotik/manifest.json')
  const manifest = JSON.parse(await readFile(example, 'utf8')) as object
  expect(validate(manifest)).toBe(true)
  expect(validate({ ...manifest, version: 2 })).toBe(false)
})

test('the keys of the registry are a JWK Set, and hold nothing that is secret', async () => {
  const { status, json, text } = await send(`${server.url}/.well-known/patchbay-keys.json`)
  expect(status).toBe(200)
  expect(json).toMatchObject({
    keys: [{ kty: 'OKP', crv: 'Ed25519', use: 'sig', alg: 'EdDSA', retiredAt: null }],
  })
  expect(text).not.toContain('"d"')
})

test('they are read only: other methods and other names are not there', async () => {
  expect((await send(`${server.url}/schemas/manifest.json`, { method: 'POST' })).status).toBe(404)
  expect((await send(`${server.url}/schemas/constructor`)).status).toBe(404)
  const head = await fetch(`${server.url}/schemas/manifest.json`, { method: 'HEAD' })
  expect([head.status, await head.text()]).toEqual([200, ''])
})
