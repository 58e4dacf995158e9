import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestHost } from 'patchbay/testing'

test('a new user is greeted by an event', async () => {
  await using host = await createTestHost('.', { settings: { greeting: 'Hello' } })
  const { error } = await host.event('auth.user.created', { id: 'u1', name: 'Ada' })
  assert.equal(error, undefined)
  assert.deepEqual(host.events, [
    { type: '{{id}}.greeting.ready', payload: { user: 'u1', message: 'Hello, Ada!' } },
  ])
})

test('monitoring is answered', async () => {
  await using host = await createTestHost()
  const { response, error } = await host.route('GET /ping')
  assert.equal(error, undefined)
  assert.deepEqual(JSON.parse(response?.body), { ok: true, version: host.plugin.version })
})
