import { chmod, readdir, readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../support/server.ts'
import { openStage, type TestStage } from '../support/stage.ts'
import { emptyFolder, keyOf, patchbay } from './support/command.ts'

let server: TestServer
let stage: TestStage
let token: string
beforeAll(async () => {
  server = await startTestServer()
  stage = await openStage(server)
  token = await keyOf(stage, 'PUBLISHER', 'Ada')
})
afterAll(async () => {
  await stage.close()
  await server.close()
})

test('login keeps a server and a key that work, in a file that only its owner can read', async () => {
  const cwd = await emptyFolder()
  const args = ['login', '--url', `${server.url}/graphql/`, '--token', '-', '--json']
  const { code, documents, stdout } = await patchbay(args, { cwd, input: `${token}\n` })
  const file = path.join(cwd, 'config/patchbay/default.json')
  expect({ code, documents }).toMatchObject({
    code: 0,
    documents: [
      { profile: 'default', file, url: server.url, name: 'Ada', memberships: [{ role: 'PUBLISHER' }] },
    ],
  })
  expect(stdout).not.toContain(token)
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  expect((await stat(path.dirname(file))).mode & 0o777).toBe(0o700)
  expect(await readdir(path.dirname(file))).toEqual(['default.json'])
  expect(await patchbay(['keys', 'list', '--json'], { cwd })).toMatchObject({ code: 0, documents: [[]] })

  await chmod(file, 0o644)
  const open = await patchbay(['keys', 'list'], { cwd })
  expect(open).toMatchObject({ code: 2, stderr: expect.stringContaining(`chmod 600 ${file}`) as string })
  // Logging in anew mends it.
  expect((await patchbay(args, { cwd, input: token })).code).toBe(0)
  expect((await stat(file)).mode & 0o777).toBe(0o600)
})

test('a key that the server does not know is not kept', async () => {
  const cwd = await emptyFolder()
  const args = ['login', '--url', server.url, '--token', `pbk_${'y'.repeat(40)}`]
  expect(await patchbay(args, { cwd })).toMatchObject({ code: 3, stdout: '' })
  expect(await patchbay(['login', '--url', server.url], { cwd })).toMatchObject({ code: 2 })
  expect(await patchbay(['login', '--url', 'ftp://x', '--token', 'x'], { cwd })).toMatchObject({ code: 2 })
  expect(await patchbay([...args, '--profile', '../x'], { cwd })).toMatchObject({ code: 2 })
  await expect(readFile(path.join(cwd, 'config/patchbay/default.json'))).rejects.toThrow('ENOENT')
})

test('a named profile goes over the environment, the environment over the default profile; no key goes to another server', async () => {
  const cwd = await emptyFolder()
  const login = ['login', '--url', server.url, '--token', token]
  expect((await patchbay(login, { cwd })).code).toBe(0)
  expect((await patchbay([...login, '--profile', 'work'], { cwd })).code).toBe(0)
  const nowhere = { PATCHBAY_URL: 'http://127.0.0.1:1', PATCHBAY_TOKEN: 'x' }
  const list = ['keys', 'list', '--json']
  expect(await patchbay(list, { cwd, env: nowhere })).toMatchObject({
    code: 3,
    documents: [{ error: { code: 'UNREACHABLE' } }],
  })
  expect((await patchbay([...list, '--profile', 'work'], { cwd, env: nowhere })).code).toBe(0)
  expect((await patchbay(['--profile', 'work', ...list], { cwd, env: nowhere })).code).toBe(0)
  // The default profile's key is for its own server.
  expect(await patchbay(list, { cwd, env: { PATCHBAY_URL: 'http://127.0.0.1:1' } })).toMatchObject({
    code: 3,
    documents: [{ error: { code: 'UNAUTHENTICATED' } }],
  })
  expect((await patchbay(list, { cwd, env: { PATCHBAY_URL: `${server.url}/` } })).code).toBe(0)
  const unknown = await patchbay([...list, '--profile', 'home'], { cwd })
  expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining('no profile home') as string })
})

test('keys are registered, listed and revoked; a revoked one stays so', async () => {
  const cwd = await emptyFolder()
  const env = { PATCHBAY_URL: server.url, PATCHBAY_TOKEN: token }
  const run = (...args: string[]) => patchbay([...args, '--json'], { cwd, env })
  const [made] = (await run('keygen', '--out', 'a.pem')).documents
  const register = ['keys', 'register', 'a.pub.pem', '--name', 'Laptop']
  expect((await run(...register)).documents).toMatchObject([
    { keyId: made!['keyId'], name: 'Laptop', revokedAt: null },
  ])
  expect(await run(...register)).toMatchObject({
    code: 4,
    documents: [{ error: { code: 'ALREADY_EXISTS' } }],
  })
  const revoked = await run('keys', 'revoke', made!['keyId'] as string, '--reason', 'Lost')
  expect(revoked).toMatchObject({ code: 0, documents: [{ keyId: made!['keyId'], revokeReason: 'Lost' }] })
  expect((await run('keys', 'list')).documents[0]).toMatchObject([{ revokeReason: 'Lost' }])

  await run('init', 'late', '--template', 'ui-theme')
  const late = await run('submit', 'late', '--key', 'a.pem')
  expect(late).toMatchObject({ code: 1, documents: [{ userErrors: [{ code: 'SIGNATURE_INVALID' }] }] })
})
