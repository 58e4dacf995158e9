import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { MiB } from '../../src/lib/units.ts'
import { goodManifest, pluginZip } from '../archive/support/plugin-files.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { openStage, type TestStage } from '../support/stage.ts'
import { emptyFolder, keyOf, patchbay, writeFiles, type Ended } from './support/command.ts'

let server: TestServer
let stage: TestStage
let token: string
beforeAll(async () => {
  server = await startTestServer()
  stage = await openStage(server)
  token = await keyOf(stage, 'PUBLISHER')
})
afterAll(async () => {
  await stage.close()
  await server.close()
})

/** A folder with an archive in it, and the command in it as that publisher, or with another environment. */
async function withArchive(
  change: Record<string, unknown>,
  code?: string,
): Promise<(args: string[], env?: Record<string, string>) => Promise<Ended>> {
  const cwd = await emptyFolder()
  const files = code === undefined ? {} : { 'main.js': code }
  await writeFiles(cwd, { 'a.zip': pluginZip({ ...goodManifest, ...change }, files) })
  return (args, env = { PATCHBAY_URL: server.url, PATCHBAY_TOKEN: token }) => patchbay(args, { cwd, env })
}

/** One line on standard error, and with --json the same as a document. */
function expectRefusal(
  { code, stderr, documents }: Ended,
  exit: number,
  errorCode: string,
  says: string,
): void {
  expect({ code, stderr }).toMatchObject({ code: exit, stderr: expect.stringContaining(says) as string })
  expect(stderr).toMatch(/^patchbay: [^\n]+\n$/)
  expect(documents).toEqual([
    { error: { code: errorCode, message: stderr.slice('patchbay: '.length, -1) }, exitCode: exit },
  ])
}

test('no server, a foreign server, no key, a wrong key and a key without the right end with 3, each with what to do', async () => {
  const run = await withArchive({})
  const args = ['submit', 'a.zip', '--json']
  const nobody = await run(args, { PATCHBAY_URL: 'http://127.0.0.1:1', PATCHBAY_TOKEN: token })
  expectRefusal(nobody, 3, 'UNREACHABLE', 'does the server run?')

  const foreign = createServer((_request, response) => response.writeHead(404).end('<h1>Not here</h1>'))
  await new Promise<void>((resolve) => foreign.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void foreign.close())
  const url = `http://127.0.0.1:${(foreign.address() as AddressInfo).port}`
  const elsewhere = await run(args, { PATCHBAY_URL: url, PATCHBAY_TOKEN: token })
  expectRefusal(elsewhere, 3, 'UNREACHABLE', 'answers 404 and no GraphQL')

  expectRefusal(await run(args, { PATCHBAY_URL: server.url }), 3, 'UNAUTHENTICATED', 'PATCHBAY_TOKEN')
  const wrong = await run(args, { PATCHBAY_URL: server.url, PATCHBAY_TOKEN: `pbk_${'x'.repeat(40)}` })
  expectRefusal(wrong, 3, 'UNAUTHENTICATED', 'patchbay login')
  const viewer = await run(args, { PATCHBAY_URL: server.url, PATCHBAY_TOKEN: await keyOf(stage, 'VIEWER') })
  expectRefusal(viewer, 3, 'FORBIDDEN', 'role PUBLISHER')
  expectRefusal(await run(args, {}), 2, 'USAGE', 'patchbay login')
})

test('a server that answers a mutation with nothing is told as no Patchbay', async () => {
  const run = await withArchive({})
  const foreign = createServer((request, response) => {
    request.resume().on('end', () => response.end('{"data":{"submitPackage":null}}'))
  })
  await new Promise<void>((resolve) => foreign.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void foreign.close())
  const url = `http://127.0.0.1:${(foreign.address() as AddressInfo).port}`
  const answer = await run(['submit', 'a.zip', '--json'], { PATCHBAY_URL: url, PATCHBAY_TOKEN: token })
  expectRefusal(answer, 3, 'UNREACHABLE', 'answers submitPackage with nothing')
})

test('findings of a refused submission are told exactly as check tells them, and status tells them again', async () => {
  const run = await withArchive({ id: 'evil-plugin', version: '6.6.6' }, 'export default {}\n\neval("1")\n')
  const [checked, submitted] = [await run(['check', 'a.zip']), await run(['submit', 'a.zip'])]
  expect([checked.code, submitted.code]).toEqual([1, 1])
  const findings = checked.stdout.slice(0, checked.stdout.indexOf('\n\n'))
  expect(findings).toContain('scan.dynamic-code')
  expect(submitted.stdout).toContain(findings)
  expect(submitted.stdout).toContain('Refused a.zip')

  const { documents } = await run(['submit', 'a.zip', '--json'])
  expect(documents).toMatchObject([
    {
      event: 'refused',
      validation: { valid: false },
      userErrors: [{ code: 'SECURITY_FINDINGS' }],
      exitCode: 1,
    },
  ])
  const status = await run(['status', 'evil-plugin@6.6.6'])
  expect(status.code).toBe(4)
  expect(status.stdout).toContain(findings)
  expectRefusal(await run(['status', 'nobody', '--json']), 4, 'NOT_FOUND', 'has no nobody that you may see')
})

test('an archive that is larger than the server takes is refused while it is sent, and told as such', async () => {
  const cwd = await emptyFolder()
  // The signature of a ZIP and nothing behind it: what is in it is never looked at.
  const bytes = new Uint8Array(30 * MiB)
  bytes.set(Buffer.from('PK\u0003\u0004'))
  await writeFiles(cwd, { 'big.zip': bytes })
  const env = { PATCHBAY_URL: server.url, PATCHBAY_TOKEN: token }
  const sent = await patchbay(['submit', 'big.zip', '--json'], { cwd, env })
  expectRefusal(sent, 4, 'TOO_LARGE', 'no archive as large as this')
  const checked = await patchbay(['check', 'big.zip', '--json'], { cwd })
  expect(checked).toMatchObject({ code: 1, documents: [{ findings: [{ check: 'archive.size.packed' }] }] })
})

test('signatures by unknown keys and of other archives are refused, here or by the server', async () => {
  const run = await withArchive({ id: 'signed-plugin' })
  expect((await run(['keygen'])).code).toBe(0)
  const unknown = await run(['submit', 'a.zip', '--key', 'publisher.pem', '--json'])
  expect(unknown).toMatchObject({ code: 1, documents: [{ userErrors: [{ code: 'SIGNATURE_INVALID' }] }] })
  expect((await run(['submit', 'a.zip', '--key', 'publisher.pem'])).stdout).toMatch(
    /signature\.key.*patchbay keys register|patchbay keys register.*signature\.key/s,
  )

  expect((await run(['sign', 'a.zip', '--key', 'publisher.pem', '--json'])).documents).toMatchObject([
    { file: 'a.zip.sig', algorithm: 'Ed25519', digest: expect.stringMatching(/^[0-9a-f]{64}$/) as string },
  ])
  const cwd = await emptyFolder()
  await writeFiles(cwd, { 'b.zip': pluginZip({ ...goodManifest, id: 'other-plugin' }) })
  await patchbay(['keygen'], { cwd })
  await patchbay(['sign', 'b.zip', '--key', 'publisher.pem'], { cwd })
  await writeFiles(cwd, { 'b.zip': pluginZip({ ...goodManifest, id: 'exchanged' }), 'c.sig': '{}' })
  const signed = ['submit', 'b.zip', '--json', '--signature']
  expectRefusal(await patchbay([...signed, 'b.zip.sig'], { cwd }), 2, 'USAGE', 'is of another archive')
  expectRefusal(await patchbay([...signed, 'c.sig'], { cwd }), 2, 'USAGE', 'is no signature')
  const publicHalf = ['sign', 'b.zip', '--json', '--key', 'publisher.pub.pem']
  expectRefusal(await patchbay(publicHalf, { cwd }), 2, 'USAGE', 'holds no private key')
  const privateHalf = ['keys', 'register', 'publisher.pem', '--name', 'x', '--json']
  expectRefusal(await patchbay(privateHalf, { cwd }), 2, 'USAGE', 'must not leave your machine')
})

test('a registry, an organization or a key that is not there is named', async () => {
  const run = await withArchive({})
  const registry = await run(['submit', 'a.zip', '--registry', 'nowhere', '--json'])
  expectRefusal(registry, 4, 'NOT_FOUND', 'no registry "nowhere"')
  const organization = await run(['keys', 'list', '--organization', 'nowhere', '--json'])
  expectRefusal(organization, 4, 'NOT_FOUND', 'no organization "nowhere"')
  const key = await run([
    'keys',
    'revoke',
    createHash('sha256').digest('hex').slice(0, 16),
    '--reason',
    'x',
    '--json',
  ])
  expectRefusal(key, 4, 'NOT_FOUND', 'patchbay keys list')
})

test('mistakes of the command line end with 2, and are told with what was meant', async () => {
  const run = await withArchive({})
  expect(await run(['sumbit'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('submit') as string,
  })
  expect(await run(['check', '--jsn'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--json') as string,
  })
  expectRefusal(await run(['check', 'nothing', '--json']), 2, 'USAGE', 'There is no nothing.')
  expect(await run(['submit', 'a.zip', '--timeout', 'soon'])).toMatchObject({ code: 2 })
  expect(await run(['submit', 'a.zip', '--key', 'a', '--signature', 'b'])).toMatchObject({ code: 2 })
  expectRefusal(await run(['status', 'a@b@c', '--json']), 2, 'USAGE', 'slug@version')
  for (const command of [
    '',
    'init',
    'check',
    'pack',
    'keygen',
    'sign',
    'login',
    'submit',
    'status',
    'keys',
  ]) {
    const help = await run([command, '--help'].filter(Boolean))
    expect({ command, code: help.code, stderr: help.stderr }).toEqual({ command, code: 0, stderr: '' })
    expect(help.stdout).toContain('$ patchbay ')
  }
})
