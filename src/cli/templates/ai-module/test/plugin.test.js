import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestHost } from 'patchbay/testing'

test('no address leaves for a language model', async () => {
  await using host = await createTestHost()
  const { value, error } = await host.filter('llm.prompt', {
    messages: [{ role: 'user', content: 'Write to ada@example.com' }],
  })
  assert.equal(error, undefined)
  assert.ok(!JSON.stringify(value).includes('ada@example.com'))
})
