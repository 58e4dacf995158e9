import assert from 'node:assert/strict'
import { test } from 'node:test'
import { redactPrompt } from '../lib/redact-prompt.js'

test('addresses go, in the system text and in every message', () => {
  const prompt = {
    system: 'Answer for ops@example.com.',
    messages: [{ role: 'user', content: 'Write to ada@example.com and to bob@mail.example.org!' }],
  }
  assert.deepEqual(redactPrompt(prompt, '…'), {
    system: 'Answer for ….',
    messages: [{ role: 'user', content: 'Write to … and to …!' }],
  })
})

test('what has no address is left as it is', () => {
  const prompt = { model: 'small', messages: [{ role: 'user', content: 'a @ b, 3@, @home' }] }
  assert.deepEqual(redactPrompt(prompt, '…'), prompt)
})
