import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nearDeadlines } from '../lib/near-deadlines.js'

const NOW = Date.parse('2026-03-10T23:59:00Z')
const tax = { name: 'Tax', date: '2026-03-12' }
const audit = { name: 'Audit', date: '2026-03-10' }

test('what is due within the days is told, the nearest first', () => {
  const near = nearDeadlines([tax, audit], 7, NOW)
  assert.deepEqual(near, [
    { ...audit, daysLeft: 0 },
    { ...tax, daysLeft: 2 },
  ])
})

test('what is over or far away is not told', () => {
  const deadlines = [
    { name: 'Gone', date: '2026-03-09' },
    { name: 'Far', date: '2026-03-18' },
  ]
  assert.deepEqual(nearDeadlines(deadlines, 7, NOW), [])
})
