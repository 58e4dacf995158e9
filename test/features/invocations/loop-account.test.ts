import { performance } from 'node:perf_hooks'
import { beforeEach, expect, test, vi } from 'vitest'
import { LoopAccounts } from '../../../src/features/invocations/loop-account.ts'

let now = 0
beforeEach(() => {
  now = 100_000
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => now)
  return () => clock.mockRestore()
})

const ACME = { organizationId: 'acme', by: 'plugin of acme' }

test('who does something large now and then owes nothing, and who goes on owes twelve times as much and more', () => {
  const accounts = new LoopAccounts()
  for (let n = 0; n < 10; n += 1) {
    accounts.charge(ACME, 15)
    expect(accounts.owedMs('acme')).toBe(0)
    expect(accounts.isCostly('plugin of acme')).toBe(false)
    now += 60_000
  }
  accounts.charge(ACME, 15)
  accounts.charge(ACME, 15)
  expect(accounts.owedMs('acme')).toBeGreaterThan(12 * 5)
  expect(accounts.isCostly('plugin of acme')).toBe(true)
  expect(accounts.owedMs('globex')).toBe(0)
})

test('who never pauses comes to take a sixtieth of the time, and has his first share again when he was quiet', () => {
  const accounts = new LoopAccounts()
  const takenIn = (ms: number): number => {
    const until = now + ms
    let taken = 0
    for (; now < until; now += Math.max(1, accounts.owedMs('acme'))) {
      accounts.charge(ACME, 15)
      taken += 15
    }
    return taken / ms
  }
  expect(takenIn(1000)).toBeGreaterThan(1 / 20)
  takenIn(30_000)
  const share = takenIn(30_000)
  expect(share).toBeLessThan(1 / 55)
  expect(share).toBeGreaterThan(1 / 80)
  now += 60_000
  expect(takenIn(1000)).toBeGreaterThan(1 / 20)
})

test('nobody owes more than five seconds', () => {
  const accounts = new LoopAccounts()
  for (let n = 0; n < 100; n += 1) accounts.charge(ACME, 100)
  expect(accounts.owedMs('acme')).toBe(5000)
})
