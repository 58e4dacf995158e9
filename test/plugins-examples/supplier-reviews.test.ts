import { afterAll, beforeAll, expect, test } from 'vitest'
import { accepted } from '../../scripts/lib/accepted.ts'
import { review } from '../../scripts/lib/cast.ts'
import { exampleConfiguration, packExample } from '../../scripts/lib/example-packages.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { fileOf, install, openStage, submit, type TestStage } from '../support/stage.ts'

let server: TestServer
let stage: TestStage
beforeAll(async () => {
  server = await startTestServer({ worker: false })
  stage = await openStage(server)
  const { zip } = await packExample('supplier-db')
  const packageId = accepted(await submit(stage.publisher, fileOf(zip))).package!.id
  await review(stage, packageId)
  const configuration = await exampleConfiguration('supplier-db')
  for (const siteId of stage.siteIds.slice(0, 2))
    accepted(await install(stage, packageId, { siteId, configuration, activate: true }))
})
afterAll(async () => {
  await stage.close()
  await server.close()
})

interface Answer {
  status: number
  body: {
    reviews: { order: string }[]
    total: number
    nextAfter: string | null
    review: Record<string, unknown>
    error: { code: string }
  }
}
const send = async (path: string, review?: object, site = 0): Promise<Answer> => {
  const answer = await fetch(`${server.url}/ext/supplier-db/suppliers/${path}`, {
    method: review === undefined ? 'GET' : 'POST',
    headers: {
      authorization: `Bearer ${stage.operatorKey}`,
      'x-patchbay-site': stage.siteIds[site]!,
      'content-type': 'application/json',
    },
    ...(review === undefined ? {} : { body: JSON.stringify(review) }),
  })
  return { status: answer.status, body: (await answer.json()) as Answer['body'] }
}

test('reviews are kept for all sites of the organization, once an order, the newest first', async () => {
  const first = await send('acme-metals/reviews', { order: 'P-0', score: 5, text: 'In time.' })
  expect(first).toMatchObject({ status: 201, body: { review: { order: 'P-0', score: 5, text: 'In time.' } } })
  expect(await send('acme-metals/reviews', { order: 'P-0', score: 1 }, 1)).toMatchObject({
    status: 409,
    body: { error: { code: 'UNIQUE' } },
  })
  for (let order = 1; order <= 20; order++)
    await send('acme-metals/reviews', { order: `P-${order}`, score: 4 }, order % 2)
  await send('cobalt-trading/reviews', { order: 'C-1', score: 2 })
  const { body } = await send('acme-metals/reviews', undefined, 1)
  expect([body.total, body.reviews[0]!.order, body.reviews.length]).toEqual([21, 'P-20', 20])
  const rest = await send(`acme-metals/reviews?after=${body.nextAfter}`)
  expect(rest.body).toMatchObject({ reviews: [{ order: 'P-0' }], nextAfter: null })
})

test.each([
  ['nobody/reviews', { order: 'X-1', score: 1 }, 404, 'NOT_FOUND'],
  ['acme-metals/reviews', { order: 'X-1', score: 6 }, 400, 'INVALID_DOCUMENT'],
  ['acme-metals/reviews', { score: 1 }, 400, 'INVALID_DOCUMENT'],
  ['acme-metals/reviews', { order: 'X-1', score: 1, supplier: 'another', more: 1 }, 400, 'INVALID_DOCUMENT'],
  ['acme-metals/reviews?after=x', undefined, 400, 'BAD_CURSOR'],
])('%s with %j is answered with %s', async (path, review, status, code) => {
  expect(await send(path, review)).toMatchObject({ status, body: { error: { code } } })
})
