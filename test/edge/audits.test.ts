import { serverAudits } from 'graphql-http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ worker: false })
})
afterAll(() => server.close())

const audits = serverAudits({ url: () => `${server.url}/graphql`, fetchFn: fetch })

test.each(audits.map((audit) => [`${audit.id} ${audit.name}`, audit] as const))(
  '%s',
  async (_name, audit) => {
    const result = await audit.fn()
    if (result.status === 'ok') return
    expect.fail(`${result.reason} (${result.response.status} ${await result.response.text()})`)
  },
)
