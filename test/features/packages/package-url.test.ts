import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { SubmissionsDocument, SubmitPackageDocument } from '../../../schema/generated/graphql.ts'
import { accepted } from '../../../scripts/lib/accepted.ts'
import { sha256Hex } from '../../../src/platform/crypto.ts'
import { goodManifest, pluginZip } from '../../archive/support/plugin-files.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { codesOf, openStage, refusalOf, type TestStage } from '../../support/stage.ts'

const zip = pluginZip({ ...goodManifest, id: 'from-afar' })
const checksum = sha256Hex(zip)

let files: Server
let port: number
let server: TestServer
let stage: TestStage
beforeAll(async () => {
  files = createServer((request, response) => {
    if (request.url === '/plugin.zip') response.end(zip)
    else response.writeHead(404).end()
  })
  await new Promise<void>((resolve) => {
    files.listen(0, '127.0.0.1', resolve)
  })
  port = (files.address() as AddressInfo).port
  server = await startTestServer({ worker: false, env: { PATCHBAY_EGRESS_ALLOW: `127.0.0.1:${port}` } })
  stage = await openStage(server)
})
afterAll(async () => {
  await stage.close()
  await server.close()
  files.close()
})

async function submitUrl(packageUrl: string, more: object = { checksum }) {
  return (await stage.publisher.request(SubmitPackageDocument, { input: { packageUrl, ...more } }))
    .submitPackage
}

test('the server fetches a package itself, and takes it only as what it was said to be', async () => {
  const address = `http://127.0.0.1:${port}/plugin.zip`
  expect(codesOf(await submitUrl(address, {}))).toEqual(['INVALID_INPUT'])
  expect(codesOf(await submitUrl(address, { checksum: '0'.repeat(64) }))).toEqual(['CHECKSUM_MISMATCH'])
  const sent = accepted(await submitUrl(address, { checksum: checksum.toUpperCase() }))
  expect(sent.package!.checksum).toBe(checksum)
  const { submissions } = await stage.publisher.request(SubmissionsDocument, { first: 10 })
  expect(submissions.nodes.map((it) => it.accepted)).toEqual([true, false])
})

test('what is not there, and what the service may not reach, is the caller’s to mend', async () => {
  expect(codesOf(await submitUrl(`http://127.0.0.1:${port}/gone.zip`))).toEqual(['INVALID_INPUT'])
  for (const address of [
    'http://127.0.0.1:1/x',
    'http://169.254.169.254/latest',
    'file:///etc/passwd',
    'nonsense',
  ]) {
    const answer = await submitUrl(address)
    expect(codesOf(answer), address).toEqual(['INVALID_INPUT'])
    expect(answer.userErrors[0]!.field).toEqual(['packageUrl'])
    expect(answer.validation).toMatchObject({ valid: false, findings: [{ check: 'integrity.fetch' }] })
  }
  // Each attempt is remembered, also where nothing arrived.
  const { submissions } = await stage.publisher.request(SubmissionsDocument, { accepted: false, first: 5 })
  for (const it of submissions.nodes)
    expect(it).toMatchObject({ checksum: null, refusal: expect.stringContaining('not fetched') })
})

test('either bytes or an address, and not both', async () => {
  const file = new File([new Uint8Array(zip)], 'x.zip')
  const both = stage.publisher.request(SubmitPackageDocument, {
    input: { file, packageUrl: 'http://x', checksum },
  })
  expect((await refusalOf(both))?.code).toBe('BAD_USER_INPUT')
  expect((await refusalOf(stage.publisher.request(SubmitPackageDocument, { input: {} })))?.code).toBe(
    'BAD_USER_INPUT',
  )
})
