import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestHost } from 'patchbay/testing'

test('the nightly look tells each deadline that is near', async () => {
  const tomorrow = new Date(Date.now() + 24 * 60 * 60 * 1000).toISOString().slice(0, 10)
  await using host = await createTestHost('.', {
    settings: { days: 3, deadlines: [{ name: 'Report', date: tomorrow }] },
  })
  const { value, error } = await host.job('nightly-look')
  assert.equal(error, undefined)
  assert.deepEqual(value, { told: 1 })
  assert.equal(host.events[0]?.type, '{{id}}.deadline.near')
})
