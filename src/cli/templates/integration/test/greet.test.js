import assert from 'node:assert/strict'
import { test } from 'node:test'
import { greet } from '../lib/greet.js'

test('a user is greeted by name', () => {
  assert.equal(greet('Welcome', { name: 'Ada' }), 'Welcome, Ada!')
})

test('a user without a name is greeted all the same', () => {
  assert.equal(greet('Welcome', {}), 'Welcome!')
  assert.equal(greet('Welcome', { name: ' ' }), 'Welcome!')
})
