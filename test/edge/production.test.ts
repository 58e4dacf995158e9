import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ask, send } from '../support/http.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

describe('in production', () => {
  let production: TestServer
  beforeAll(async () => {
    production = await startTestServer({ worker: false, env: { NODE_ENV: 'production' } })
  })
  afterAll(() => production.close())

  test('strangers get no introspection, no suggestions, no GraphiQL', async () => {
    const query = '{ __schema { queryType { name } } }'
    const hidden = await ask(production, query)
    expect(hidden.json?.data ?? null).toBeNull()
    expect(hidden.json?.errors?.[0]?.message).toContain('introspection')
    const told = await ask(production, query, { key: production.adminKey })
    expect(told.json?.data).toEqual({ __schema: { queryType: { name: 'Query' } } })
    const mistyped = await ask(production, '{ plugns { totalCount } }')
    expect(mistyped.json?.errors?.[0]?.message).not.toContain('Did you mean')
    expect((await send(`${production.url}/graphql`, { headers: { accept: 'text/html' } })).status).toBe(404)
  })
})
