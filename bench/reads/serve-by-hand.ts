import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Pool } from 'pg'
import { BY_HAND } from './queries.ts'
import { tellUsage } from './usage.ts'

/** One SQL query behind node:http: the least that can be done. */
const pool = new Pool({ connectionString: process.argv[2]!, max: 10 })
const server = createServer((request, response) => {
  request.resume()
  request.on('end', () => {
    pool
      .query<{ answer: string }>({ name: 'by_hand', text: BY_HAND, values: ['acme'] })
      .then(({ rows }) => {
        response.setHeader('content-type', 'application/json')
        response.end(rows[0]!.answer)
      })
      .catch((error: unknown) => response.destroy(error as Error))
  })
})
server.listen(0, '127.0.0.1', () => tellUsage(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))
process.on('disconnect', () => process.exit(0))
