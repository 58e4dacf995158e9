import dgram from 'node:dgram'
import { expect, onTestFinished, test } from 'vitest'
import { dnsResolver, resolveBySystem, type ResolveName } from '../../src/platform/egress/resolve-name.ts'

const A = 1
const AAAA = 28
const OK = 0
const SERVER_FAILURE = 2
const NO_SUCH_NAME = 3

/** What a name server says: a code, and the data of the records; null: nothing, ever. */
type Zone = (name: string, type: number) => { code: number; records: Buffer[] } | null

/** Asks a name server (RFC 1035) on loopback, which is there until the test ends. */
async function nameServer(zone: Zone): Promise<ResolveName> {
  const socket = dgram.createSocket('udp4')
  socket.on('message', (query, from) => {
    const { name, type, end } = questionOf(query)
    const answer = zone(name, type)
    if (answer === null) return
    const { code, records } = answer
    const head = Buffer.from(query.subarray(0, 12))
    head.writeUInt16BE(0x8180 | code, 2)
    head.writeUInt16BE(records.length, 6)
    head.fill(0, 8, 12)
    const body = records.map((data) => {
      const record = Buffer.alloc(12)
      record.writeUInt16BE(0xc00c, 0)
      record.writeUInt16BE(type, 2)
      record.writeUInt16BE(1, 4)
      record.writeUInt16BE(data.length, 10)
      return Buffer.concat([record, data])
    })
    socket.send(Buffer.concat([head, query.subarray(12, end), ...body]), from.port, from.address)
  })
  await new Promise<void>((resolve) => {
    socket.bind(0, '127.0.0.1', resolve)
  })
  onTestFinished(() => void socket.close())
  return dnsResolver([`127.0.0.1:${socket.address().port}`])
}

function questionOf(query: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = []
  let at = 12
  for (let length = query[at]!; length > 0; length = query[at]!) {
    labels.push(query.subarray(at + 1, at + 1 + length).toString())
    at += 1 + length
  }
  return { name: labels.join('.').toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 }
}

const never = (): AbortSignal => new AbortController().signal
const V4 = Buffer.from([198, 51, 100, 7])
const V6 = Buffer.from('20010db8000000000000000000000007', 'hex')

test('both families are asked, and all answers are told', async () => {
  const resolve = await nameServer((_name, type) => ({ code: OK, records: type === A ? [V4, V4] : [V6] }))
  expect(await resolve('both.example', never())).toEqual(['198.51.100.7', '198.51.100.7', '2001:db8::7'])
})

test.each([
  ['IPv4', A, ['198.51.100.7']],
  ['IPv6', AAAA, ['2001:db8::7']],
])('a name that has only %s has that', async (_family, only, addresses) => {
  const resolve = await nameServer((_name, type) => {
    const records = [type === A ? V4 : V6]
    return { code: OK, records: type === only ? records : [] }
  })
  expect(await resolve('one.example', never())).toEqual(addresses)
})

test('a name that there is not has no address', async () => {
  const resolve = await nameServer(() => ({ code: NO_SUCH_NAME, records: [] }))
  expect(await resolve('none.example', never())).toEqual([])
})

test('a name server that fails is a failure', async () => {
  const resolve = await nameServer(() => ({ code: SERVER_FAILURE, records: [] }))
  await expect(resolve('broken.example', never())).rejects.toMatchObject({ code: 'ESERVFAIL' })
})

test('a question that is no longer wanted is called back', async () => {
  const controller = new AbortController()
  const resolve = await nameServer(() => {
    controller.abort()
    return null
  })
  await expect(resolve('slow.example', controller.signal)).rejects.toMatchObject({ code: 'ECANCELLED' })
})

test('the machine knows itself', async () => {
  const addresses = await resolveBySystem('localhost', never())
  expect(addresses.length).toBeGreaterThan(0)
  expect(addresses.every((address) => address === '127.0.0.1' || address === '::1')).toBe(true)
})
