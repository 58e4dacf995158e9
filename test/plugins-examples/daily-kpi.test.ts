import { expect, test } from 'vitest'
import { CapabilityError } from '../../src/runtime/capability-error.ts'
import { openExample } from '../support/example-host.ts'

interface Report {
  date: string
  available: boolean
  kpis: { key: string; value: number | null; changePercent: number | null; verdict: string | null }[]
  [key: string]: unknown
}

function verdicts(report: unknown): Record<string, string | null> {
  return Object.fromEntries((report as Report).kpis.map(({ key, verdict }) => [key, verdict]))
}

function values(report: unknown): Record<string, number | null> {
  return Object.fromEntries((report as Report).kpis.map(({ key, value }) => [key, value]))
}

test('a day of the settings becomes a report, held against targets and the day before', async () => {
  const host = await openExample('daily-kpi')
  const { outcome, value } = await host.call('JOB', 'daily-kpi', { date: '2026-10-31' })
  expect(outcome).toBe('OK')
  expect(value).toMatchObject({
    date: '2026-10-31',
    available: true,
    currency: 'EUR',
    withTarget: 5,
    missed: 1,
  })
  expect(values(value)).toEqual({
    revenue: 12529.5,
    orders: 158,
    averageOrderValue: 81.27,
    conversionRate: 2.8,
    refundRate: 2.42,
  })
  expect(verdicts(value)).toEqual({
    revenue: 'MET',
    orders: 'MET',
    averageOrderValue: 'MET',
    conversionRate: 'NEAR',
    refundRate: 'MISSED',
  })
  expect((value as unknown as Report).kpis[0]).toMatchObject({ changePercent: 6.58 })
  expect(host.emitted).toEqual([{ type: 'daily-kpi.report.ready', payload: value }])
})

test('figures that come with the run give the very report that the README shows', async () => {
  const host = await openExample('daily-kpi', {
    configuration: { targets: { revenue: 12000, refundRate: 2 } },
  })
  const payload = {
    date: '2026-10-31',
    figures: { sales: 12840.4, refunds: 310.9, orders: 158, visitors: 5644 },
    previous: { sales: 11875.5, refunds: 120, orders: 149, visitors: 5210 },
  }
  const first = await host.call('JOB', 'daily-kpi', payload)
  const second = await host.call('JOB', 'daily-kpi', payload)
  expect(verdicts(first.value)).toEqual({
    revenue: 'MET',
    orders: null,
    averageOrderValue: null,
    conversionRate: null,
    refundRate: 'MISSED',
  })
  expect((first.value as unknown as Report).kpis[0]).toMatchObject({ value: 12529.5, changePercent: 6.58 })
  expect(second.value).toEqual(first.value)
})

test('the report says which plugins were not well, and nothing of them where nobody can be asked', async () => {
  const rows = [
    { plugin: 'daily-kpi', status: 'HEALTHY' },
    { plugin: 'mikrotik', status: 'DEGRADED' },
  ]
  const host = await openExample('daily-kpi', { host: { 'db.query': () => ({ rows, truncated: false }) } })
  const { value } = await host.call('JOB', 'daily-kpi', { date: '2026-10-31' })
  expect(value).toMatchObject({ plugins: { current: 2, unwell: ['mikrotik'] } })
  const without = await openExample('daily-kpi', {
    host: {
      'db.query': () => {
        throw new CapabilityError('UNAVAILABLE', 'No role.')
      },
    },
  })
  expect((await without.call('JOB', 'daily-kpi', { date: '2026-10-31' })).value).toMatchObject({
    plugins: null,
  })
})

test('whoever waits for reports is told when none will come', async () => {
  const host = await openExample('daily-kpi')
  await host.call('LIFECYCLE', 'onDeactivate', {})
  const { logs } = await host.call('LIFECYCLE', 'onUpgrade', { from: '1.0.0', to: '1.1.0' })
  expect(host.emitted).toEqual([{ type: 'daily-kpi.paused', payload: { site: 'north' } }])
  expect(logs.at(-1)?.message).toBe('reports are made by 1.1.0, no longer by 1.0.0')
})

test('a day on which nothing was sold has no averages, and no division by nothing', async () => {
  const host = await openExample('daily-kpi')
  const { value } = await host.call('JOB', 'daily-kpi', {
    date: '2026-01-01',
    figures: { sales: 0, orders: 0 },
  })
  expect(values(value)).toEqual({
    revenue: 0,
    orders: 0,
    averageOrderValue: null,
    conversionRate: null,
    refundRate: null,
  })
  expect((value as unknown as Report).kpis.every(({ changePercent }) => changePercent === null)).toBe(true)
})

test('a night without figures says so and emits nothing', async () => {
  const host = await openExample('daily-kpi', { configuration: {} })
  const { outcome, value, logs } = await host.call('JOB', 'daily-kpi', null)
  expect(outcome).toBe('OK')
  expect(value).toMatchObject({ available: false })
  expect((value as unknown as Report).date).toMatch(/^\d{4}-\d{2}-\d{2}$/)
  expect(logs.map(({ level }) => level).filter((level) => level !== 'debug')).toEqual(['warn'])
  expect(host.emitted).toEqual([])
})

test.each(['2026-02-30', '31.10.2026', 20261031, '', '2026-13-01'])('%j is no day', async (date) => {
  const host = await openExample('daily-kpi')
  const result = await host.call('JOB', 'daily-kpi', { date })
  expect(result).toMatchObject({ outcome: 'ERROR', error: { name: 'PluginError', code: 'INVALID_DATE' } })
})

test('figures that cannot be right fail the run with all mistakes at once', async () => {
  const host = await openExample('daily-kpi')
  const figures = { sales: -5, refunds: 'many', orders: 7, visitors: 3 }
  const result = await host.call('JOB', 'daily-kpi', { date: '2026-10-31', figures })
  expect(result).toMatchObject({
    outcome: 'ERROR',
    error: {
      code: 'INVALID_FIGURES',
      details: {
        problems: [
          'figures.sales must be a number of at least 0',
          'figures.refunds must be a number of at least 0',
          'figures has more orders than visitors',
        ],
      },
    },
  })
  expect(host.emitted).toEqual([])
})

test.each([7, [], 'x', null])('figures must be an object: %j', async (figures) => {
  const host = await openExample('daily-kpi')
  const result = await host.call('JOB', 'daily-kpi', { date: '2026-10-31', figures, previous: {} })
  expect(result.outcome).toBe('ERROR')
  expect(result.error?.code).toBe('INVALID_FIGURES')
})
