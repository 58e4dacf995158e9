import { describe, expect, test } from 'vitest'
import { openExample } from '../support/example-host.ts'

const transform = 'transforms/slack-message.js#transform'
const failed = {
  id: 'event-1',
  type: 'build.failed',
  payload: { name: 'api', branch: 'main', reason: 'tests' },
  occurredAt: '2026-10-31T08:00:00.000Z',
  site: { slug: 'berlin', name: 'Berlin' },
}
interface SlackMessage {
  text: string
  blocks: {
    type: string
    text?: { text: string }
    fields?: { text: string }[]
    elements?: { url?: string }[]
  }[]
}

describe('the transform', () => {
  test('a failure says what happened where, with its facts, and wakes whom the settings name', async () => {
    const host = await openExample('slack-notifier')
    const { value } = await host.call('TRANSFORM', transform, failed)
    const { text, blocks } = value as unknown as SlackMessage
    expect(text).toBe('<!here> Northwind operations: Build api failed at Berlin')
    expect(blocks.map(({ type }) => type)).toEqual(['section', 'section', 'actions', 'context'])
    expect(blocks[0]?.text?.text).toBe('<!here> :red_circle: *Build api failed at Berlin*')
    expect(blocks[1]?.fields?.map((field) => field.text)).toEqual(['*Branch*\nmain', '*Reason*\ntests'])
    expect(blocks[2]?.elements?.[0]?.url).toBe('https://patchbay.northwind.example')
  })

  test('good news wakes nobody, and an event without facts has none', async () => {
    const host = await openExample('slack-notifier', { configuration: {} })
    const { value } = await host.call('TRANSFORM', transform, {
      id: 'event-2',
      type: 'deployment.completed',
      payload: null,
      occurredAt: '2026-10-31T08:00:00.000Z',
      site: null,
    })
    const { text, blocks } = value as unknown as SlackMessage
    expect(text).toBe('Patchbay: Deployment completed')
    expect(blocks.map(({ type }) => type)).toEqual(['section', 'context'])
    expect(blocks[0]?.text?.text).toBe(':large_green_circle: *Deployment completed*')
  })

  test('what stands in an event is shown and never obeyed', async () => {
    const host = await openExample('slack-notifier')
    const { value } = await host.call('TRANSFORM', transform, {
      ...failed,
      type: 'build.completed',
      payload: {
        name: '<!channel>',
        branch: '<https://evil.example|main>',
        commit: 'x'.repeat(5000),
        status: { deep: true },
      },
    })
    const text = JSON.stringify(value)
    expect(text).not.toMatch(/<!channel>|<https:/)
    expect(text).toContain('&lt;!channel&gt;')
    const [branch, commit, ...more] = (value as unknown as SlackMessage).blocks[1]?.fields ?? []
    expect(branch?.text).toBe('*Branch*\n&lt;https://evil.example|main&gt;')
    expect(commit?.text.length).toBeLessThan(400)
    expect(more).toEqual([])
  })
})

describe('health', () => {
  test('names each secret that is missing', async () => {
    const host = await openExample('slack-notifier', { secrets: { WEBHOOK_URL: 'sealed' } })
    const { value } = await host.call('HEALTH', 'health')
    expect(value).toEqual({ status: 'unhealthy', message: 'missing secrets: WEBHOOK_SIGNING_KEY' })
  })

  test('is good once both are set', async () => {
    const host = await openExample('slack-notifier', {
      secrets: { WEBHOOK_URL: 'sealed', WEBHOOK_SIGNING_KEY: 'sealed' },
    })
    const { value } = await host.call('HEALTH', 'health')
    expect(value).toMatchObject({ status: 'healthy' })
  })
})

test.each([
  [200, 'ok', { outcome: 'OK', value: { status: 200 } }],
  [404, 'no_service', { outcome: 'ERROR', error: { code: 'SLACK_REFUSED' } }],
])('say-hello tries the address by its placeholder: %i', async (status, body, expected) => {
  const host = await openExample('slack-notifier', {
    secrets: { WEBHOOK_URL: 'placeholder' },
    host: { 'http.fetch': () => ({ status, body }) },
  })
  expect(await host.call('JOB', 'say-hello', null)).toMatchObject(expected)
  expect(host.asked).toMatchObject([
    {
      input: {
        url: 'placeholder',
        body: '{"text":"Northwind operations: messages of north arrive here."}',
      },
    },
  ])
})
