import { expect, test } from 'vitest'
import { send } from '../support/http.ts'
import { startTestServer } from '../support/server.ts'

test('a worker tells which addresses it serves, and that the graph is elsewhere', async () => {
  const worker = await startTestServer({ config: { role: 'worker' } })
  try {
    const answer = await send(`${worker.url}/graphql`)
    expect(answer.status).toBe(404)
    expect(answer.text).toContain('this worker serves only /livez and /readyz, the graph an api')
  } finally {
    await worker.close()
  }
})
