import type http from 'node:http'
import zlib from 'node:zlib'
import { expect, onTestFinished, test } from 'vitest'
import { loadConfig } from '../../../src/config/load-config.ts'
import { fetchPackage } from '../../../src/features/packages/fetch-package.ts'
import { UserError } from '../../../src/lib/errors.ts'
import { KiB } from '../../../src/lib/units.ts'
import { createEgress } from '../../../src/platform/egress/egress.ts'
import { serve } from '../../platform/support/loopback.ts'

const LIMIT = 64 * KiB

/** An artifact server that the operator has opened, and an App that fetches from it. */
async function artifacts(handler: http.RequestListener) {
  const server = await serve(handler)
  const config = loadConfig({ PATCHBAY_EGRESS_ALLOW: `127.0.0.1:${server.port}` })
  const egress = createEgress({ allowHosts: config.egress.allowHosts, resolve: async () => [] })
  onTestFinished(() => egress.close())
  const archiveLimits = { ...config.archiveLimits, packedBytes: LIMIT }
  const app = { config: { ...config, archiveLimits }, egress }
  return { url: `http://127.0.0.1:${server.port}/plugin.zip`, fetch: (url: string) => fetchPackage(app, url) }
}

async function refusalOf(work: Promise<unknown>): Promise<UserError> {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  )
  if (error instanceof UserError) return error
  throw error
}

test('the bytes come as they lie there, up to the limit of an upload', async () => {
  const bytes = Buffer.alloc(LIMIT, 7)
  const { url, fetch } = await artifacts((request, response) => {
    expect(request.headers['accept-encoding']).toBe('identity')
    response.end(bytes)
  })
  expect(Buffer.from(await fetch(url)).equals(bytes)).toBe(true)
})

test('a release page may redirect three times', async () => {
  const { url, fetch } = await artifacts((request, response) => {
    const hops = Number(new URL(request.url!, 'http://x').searchParams.get('hops'))
    if (hops > 0) response.writeHead(302, { location: `?hops=${hops - 1}` }).end()
    else response.end('bytes')
  })
  expect(Buffer.from(await fetch(`${url}?hops=3`)).toString()).toBe('bytes')
  expect((await refusalOf(fetch(`${url}?hops=4`))).message).toMatch(/More than 3 redirects/)
})

test.each<[what: string, handler: http.RequestListener, message: string]>([
  [
    'is not there',
    (_request, response) => response.writeHead(404).end(),
    'The package was not fetched. The server answered 404.',
  ],
  [
    'is empty by the status',
    (_request, response) => response.writeHead(204).end(),
    'The package was not fetched. The server answered 204.',
  ],
  [
    'is too large',
    (_request, response) => response.end(Buffer.alloc(LIMIT + 1)),
    'The package was not fetched. It is larger than 0.0625 MiB.',
  ],
  [
    'unpacks to what is too large',
    (_request, response) => {
      const bomb = zlib.gzipSync(Buffer.alloc(10 * LIMIT))
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb)
    },
    'The package was not fetched. It is larger than 0.0625 MiB.',
  ],
  [
    'ends in the middle',
    (_request, response) => {
      response.writeHead(200, { 'content-length': 100 })
      response.write('half', () => response.destroy())
    },
    'The package was not fetched. The server ended without a complete HTTP answer.',
  ],
  [
    'leads into the private network',
    (_request, response) => response.writeHead(302, { location: 'http://169.254.169.254/' }).end(),
    'The package was not fetched. "169.254.169.254" is no address on the public internet. Upload the file instead, or let the operator allow the host (PATCHBAY_EGRESS_ALLOW).',
  ],
])('a package that %s is refused, in words for the publisher', async (_what, handler, message) => {
  const { url, fetch } = await artifacts(handler)
  const refusal = await refusalOf(fetch(url))
  expect(refusal).toMatchObject({ code: 'INVALID_INPUT', field: ['packageUrl'], message })
})

test.each([
  'http://127.0.0.1:PORT/',
  'http://localhost/',
  'http://plugins.example/',
  'file:///etc/passwd',
  'x',
])('what only this machine or nobody can reach is refused: %s', async (spelling) => {
  const { fetch } = await artifacts((_request, response) => response.end('public'))
  const other = await serve((_request, response) => response.end('private'))
  const refusal = await refusalOf(fetch(spelling.replace('PORT', String(other.port))))
  expect(refusal).toMatchObject({ code: 'INVALID_INPUT', field: ['packageUrl'] })
  expect(other.connections()).toBe(0)
})
