import { satisfies } from 'semver'
import { describe, expect, test } from 'vitest'
import { exampleConfiguration, packExample } from '../../scripts/lib/example-packages.ts'
import { checkPackage } from '../../src/archive/check-package.ts'
import { openExample } from '../support/example-host.ts'

interface Risk {
  supplier: string
  score: number
  level: string
  factors: { factor: string; risk: number; weight: number; reason: string }[]
}

describe('GET /suppliers/:id/risk', () => {
  test('scores a supplier as of a day, and says why', async () => {
    const host = await openExample('supplier-risk-analyzer')
    const { value } = await host.request('GET /suppliers/:id/risk', {
      params: { id: 'cobalt-trading' },
      query: { on: '2026-10-31' },
    })
    expect(value).toEqual({
      status: 200,
      body: {
        risk: {
          supplier: 'cobalt-trading',
          score: 88.9,
          level: 'HIGH',
          factors: [
            { factor: 'delivery', risk: 100, weight: 30, reason: '74 % of deliveries on time' },
            { factor: 'quality', risk: 83.7, weight: 25, reason: '5200 defects per million' },
            { factor: 'country', risk: 85, weight: 20, reason: 'in CD' },
            { factor: 'dependence', risk: 100, weight: 15, reason: '100 % of the spending in its category' },
            { factor: 'audit', risk: 60, weight: 10, reason: 'audit not known' },
          ],
        },
      },
    })
  })

  test('the score is the weighted mean of its factors, never out of 0 to 100', async () => {
    const host = await openExample('supplier-risk-analyzer')
    const { value } = await host.request('GET /risk', { query: { on: '2026-10-31' } })
    for (const { score, factors } of (value as unknown as { body: { risks: Risk[] } }).body.risks) {
      const total = factors.reduce((sum, { weight }) => sum + weight, 0)
      const mean = factors.reduce((sum, { risk, weight }) => sum + risk * weight, 0) / total
      expect(score).toBeCloseTo(mean, 0)
      expect(factors.every(({ risk }) => risk >= 0 && risk <= 100)).toBe(true)
    }
  })

  test('an audit ages: the same supplier is riskier two years on', async () => {
    const host = await openExample('supplier-risk-analyzer')
    const scores = []
    for (const on of ['2026-06-01', '2028-06-01']) {
      const { value } = await host.request('GET /suppliers/:id/risk', {
        params: { id: 'acme-metals' },
        query: { on },
      })
      scores.push((value as unknown as { body: { risk: Risk } }).body.risk.score)
    }
    expect(scores[1]).toBeGreaterThan(scores[0] ?? 0)
  })

  test('what is not known is told as that, and a country that is not rated counts what the settings say', async () => {
    const host = await openExample('supplier-risk-analyzer', {
      configuration: { performance: [{ supplier: 'new-one', country: 'FR', lastAudit: '2026-99-99' }] },
    })
    const { value } = await host.request('GET /suppliers/:id/risk', { params: { id: 'new-one' } })
    const { factors, level } = (value as unknown as { body: { risk: Risk } }).body.risk
    expect(level).toBe('MEDIUM')
    expect(factors.find(({ factor }) => factor === 'country')).toMatchObject({
      risk: 30,
      reason: 'in FR, which is not rated',
    })
    expect(factors.filter(({ reason }) => reason.endsWith('not known'))).toHaveLength(4)
  })

  test('weights of nothing give a score of 0 and no error', async () => {
    const weights = { delivery: 0, quality: 0, country: 0, dependence: 0, audit: 0 }
    const host = await openExample('supplier-risk-analyzer', {
      configuration: { ...(await exampleConfiguration('supplier-risk-analyzer')), weights },
    })
    const { value } = await host.request('GET /suppliers/:id/risk', { params: { id: 'acme-metals' } })
    expect(value).toMatchObject({ status: 200, body: { risk: { score: 0, level: 'LOW' } } })
  })

  test.each([
    [{ params: { id: 'nobody' } }, 404, 'NOT_FOUND'],
    [{ params: { id: 'acme-metals' }, query: { on: 'today' } }, 400, 'BAD_DAY'],
    [{ params: { id: 'acme-metals' }, query: { on: '2026-99-99' } }, 400, 'BAD_DAY'],
  ])('%j is answered with %i %s', async (request, status, code) => {
    const host = await openExample('supplier-risk-analyzer')
    const { value } = await host.request('GET /suppliers/:id/risk', request)
    expect(value).toMatchObject({ status, body: { error: { code } } })
  })
})

test('GET /risk lists the riskiest first, and one level alone', async () => {
  const host = await openExample('supplier-risk-analyzer')
  const all = await host.request('GET /risk', { query: { on: '2026-10-31' } })
  expect(all.value).toMatchObject({
    status: 200,
    body: {
      total: 3,
      risks: [
        { supplier: 'cobalt-trading', level: 'HIGH' },
        { supplier: 'borealis-plastics', level: 'MEDIUM' },
        { supplier: 'acme-metals', level: 'LOW' },
      ],
    },
  })
  const low = await host.request('GET /risk', { query: { on: '2026-10-31', level: 'low' } })
  expect(low.value).toMatchObject({ body: { total: 1, risks: [{ supplier: 'acme-metals' }] } })
  const bad = await host.request('GET /risk', { query: { level: 'terrible' } })
  expect(bad.value).toMatchObject({ status: 400, body: { error: { code: 'BAD_LEVEL' } } })
})

test('the widget names the five riskiest, and counts all', async () => {
  const performance = Array.from({ length: 8 }, (_, index) => ({
    supplier: `s-${index}`,
    country: 'DE',
    onTimePercent: 80 + index * 2,
    defectsPerMillion: 0,
    spendSharePercent: 0,
    lastAudit: '2099-01-01',
  }))
  const host = await openExample('supplier-risk-analyzer', {
    configuration: { performance, countryRisk: { DE: 0 } },
  })
  const { value } = await host.request('GET /risk/summary')
  expect(value).toMatchObject({ status: 200, body: { counts: { HIGH: 0, MEDIUM: 1, LOW: 7 } } })
  const { top } = (value as unknown as { body: { top: Risk[] } }).body
  expect(top.map(({ supplier }) => supplier)).toEqual(['s-0', 's-1', 's-2', 's-3', 's-4'])
})

test('the view is HTML in which no text of the settings is markup', async () => {
  const host = await openExample('supplier-risk-analyzer', {
    configuration: { performance: [{ supplier: '<script>', country: 'DE' }] },
  })
  const { value } = await host.request('GET /risk/view')
  const { status, headers, body } = value as unknown as {
    status: number
    headers: Record<string, string>
    body: string
  }
  expect(status).toBe(200)
  expect(headers['content-type']).toBe('text/html; charset=utf-8')
  expect(body).toContain('&#60;script&#62;')
  expect(body).not.toMatch(/<script/)
})

test('health says how much is known', async () => {
  const known = await openExample('supplier-risk-analyzer')
  expect((await known.call('HEALTH', 'health')).value).toMatchObject({ status: 'healthy' })
  const nothing = await openExample('supplier-risk-analyzer', { configuration: {} })
  expect((await nothing.call('HEALTH', 'health')).value).toMatchObject({ status: 'degraded' })
  const little = await openExample('supplier-risk-analyzer', {
    configuration: { performance: [{ supplier: 'one', country: 'DE', onTimePercent: 90 }] },
  })
  expect((await little.call('HEALTH', 'health')).value).toEqual({
    status: 'degraded',
    message: '1 suppliers, 25 % of their figures known',
  })
})

test('its widget and view are routes of its own, and the supplier-db that is packed satisfies its dependency', async () => {
  const { manifest } = await checkPackage((await packExample('supplier-risk-analyzer')).zip)
  const routes = manifest?.routes.map(({ path }) => path)
  expect(routes).toContain(manifest?.contributes.dashboardWidgets[0]?.source)
  expect(routes).toContain(manifest?.contributes.views[0]?.source)
  expect(manifest?.contributes.navigation[0]?.url).toBe(manifest?.contributes.views[0]?.path)
  const range = manifest?.dependencies['supplier-db'] ?? ''
  expect(range).toBe('^2.0.0')
  expect(satisfies((await packExample('supplier-db')).version, range)).toBe(true)
})

describe('GET /suppliers/:id/risk/explanation', () => {
  const key = 'GET /suppliers/:id/risk/explanation'
  const ask = { params: { id: 'cobalt-trading' }, query: { on: '2026-10-31' } }
  const opinion = { reviews: 3, averageScore: 2.3 }
  const result = { outcome: 'OK', plugin: 'supplier-db', value: opinion }
  const answering = {
    'hooks.call': () => ({ aborted: false, results: [result, { ...result, value: null }] }),
    'llm.complete': () => ({ content: 'It delivers late.', usage: {} }),
  }

  test('the model is given the figures and what other plugins think, and nothing else', async () => {
    const host = await openExample('supplier-risk-analyzer', { host: answering })
    const { value } = await host.request(key, ask)
    expect(value).toMatchObject({
      status: 200,
      body: {
        risk: { score: 88.9 },
        opinions: [{ plugin: 'supplier-db', opinion }],
        explanation: 'It delivers late.',
      },
    })
    const [asked, completed] = host.asked
    expect(asked?.input).toEqual({
      name: 'supplier-risk-analyzer.opinion',
      payload: { supplier: 'cobalt-trading' },
    })
    const [, { content }] = completed!.input['messages'] as [unknown, { content: string }]
    expect(JSON.parse(content)).toMatchObject({ risk: { score: 88.9 }, opinions: [{ opinion }] })
  })

  test.each([
    [{}, ask, 503, 'NOT_CONFIGURED'],
    [{ host: answering, license: { entitlements: [] } }, ask, 402, 'NOT_LICENSED'],
    [{ host: answering }, { params: { id: 'nobody' } }, 404, 'NOT_FOUND'],
  ])('without what it needs it says so: %#', async (options, request, status, code) => {
    const host = await openExample('supplier-risk-analyzer', options)
    expect((await host.request(key, request)).value).toMatchObject({ status, body: { error: { code } } })
    const entitled = { host: answering, license: { entitlements: ['risk-explanations'] } }
    const licensed = await openExample('supplier-risk-analyzer', entitled)
    expect((await licensed.request(key, ask)).value).toMatchObject({ status: 200 })
  })
})
