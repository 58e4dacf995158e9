import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { readBody } from '../../src/edge/read-body.ts'
import { HttpError } from '../../src/edge/respond.ts'

test('an upload that its sender breaks off is his mistake, and no failure of ours', async () => {
  const server = createServer()
  onTestFinished(() => void server.close())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  socket.write('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\nhalf')
  const [request] = (await once(server, 'request')) as [IncomingMessage]
  const body = readBody(request, 2_000)
  socket.destroy()
  const error = await body.catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(HttpError)
  expect(error).toMatchObject({ status: 400, message: 'The body was broken off.' })
})
