import { stat } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import {
  ApprovePackageDocument,
  RejectPackageDocument,
  StartReviewDocument,
} from '../../schema/generated/graphql.ts'
import { accepted } from '../../scripts/lib/accepted.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { openStage, type TestStage } from '../support/stage.ts'
import { emptyFolder, keyOf, patchbay, start, type Document, type Running } from './support/command.ts'

let server: TestServer
let stage: TestStage
let token: string
beforeAll(async () => {
  server = await startTestServer()
  stage = await openStage(server)
  token = await keyOf(stage, 'PUBLISHER', 'Build server')
})
afterAll(async () => {
  await stage.close()
  await server.close()
})

/** Each command is a process of its own. */
const MINUTE = { timeout: 60_000 }
const SECONDS_20 = { timeout: 20_000, interval: 20 }

/** Waits until a running command has told of a state; fails with its last words where it ends before. */
async function told(command: Running, text: string): Promise<void> {
  const hasTold = (): boolean => command.output().stdout.includes(text)
  await vi.waitUntil(() => hasTold() || command.process.exitCode !== null, SECONDS_20)
  if (!hasTold()) throw new Error(`It has ended: ${command.output().stderr}`)
}

/** The first document that a running command has written. */
async function firstDocument(command: Running): Promise<Document> {
  await told(command, '\n')
  return JSON.parse(command.output().stdout.split('\n')[0]!) as Document
}

test(
  'from nothing to an approved package: init, check, pack, keygen, sign, submit, and the wait for its review',
  MINUTE,
  async () => {
    const cwd = await emptyFolder()
    const env = { PATCHBAY_URL: server.url, PATCHBAY_TOKEN: token }
    const done = async (...args: string[]): Promise<string> => {
      const { code, stdout, stderr } = await patchbay(args, { cwd, env })
      expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: '' })
      return stdout
    }
    await done('init', 'hello', '--template', 'integration', '--id', 'hello-there', '--name', 'Hello')
    expect(await done('check', 'hello')).toContain('can be submitted: no findings')
    await done('pack', 'hello')
    await done('keygen')
    expect((await stat(path.join(cwd, 'publisher.pem'))).mode & 0o777).toBe(0o600)
    expect(await done('keys', 'register', 'publisher.pub.pem', '--name', 'Laptop')).toContain('Laptop')
    await done('sign', 'hello-there-0.1.0.zip', '--key', 'publisher.pem')

    const args = ['submit', 'hello-there-0.1.0.zip', '--signature', 'hello-there-0.1.0.zip.sig']
    const waiting = start([...args, '--changelog', 'The first', '--wait', '--json'], { cwd, env })
    const submitted = await firstDocument(waiting)
    expect(submitted).toMatchObject({
      event: 'submitted',
      package: {
        version: '0.1.0',
        status: 'PENDING_REVIEW',
        signatureStatus: 'VALID',
        plugin: { slug: 'hello-there' },
        submittedBy: { name: 'Build server' },
      },
      validation: { valid: true },
    })
    const input = { packageId: submitted['package'].id as string }
    accepted((await stage.reviewer.request(StartReviewDocument, { input })).startReview)
    await told(waiting, 'IN_REVIEW')
    const approval = { input: { ...input, comment: 'Well made' } }
    accepted((await stage.reviewer.request(ApprovePackageDocument, approval)).approvePackage)

    const { code, stderr, documents } = await waiting.ended
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const states = documents.slice(1).map((one) => one['package'])
    expect(states.map(({ status }) => status)).toEqual(['IN_REVIEW', 'APPROVED'])
    expect(states[0].heldBy).toEqual({ name: 'reviewer of the story' })
    expect(states[1].reviews).toMatchObject([
      { decision: 'STARTED' },
      { decision: 'APPROVED', comment: 'Well made' },
    ])

    const status = await done('status', 'hello-there')
    expect(status).toMatch(/^APPROVED {2}hello-there 0\.1\.0 is approved by reviewer of the story/)
    expect(status).toContain('signature   VALID')
    expect(status).toContain('APPROVED by reviewer of the story: Well made')
    expect(await done('keys', 'list')).toMatch(/Laptop .* in force/)
  },
)

test('a publisher who waits is told who holds the package, and why it was rejected', MINUTE, async () => {
  const cwd = await emptyFolder()
  const env = { PATCHBAY_URL: server.url, PATCHBAY_TOKEN: token }
  await patchbay(['init', 'wrong-taste', '--template', 'ui-theme'], { cwd })
  const waiting = start(['submit', 'wrong-taste', '--wait'], { cwd, env })
  await told(waiting, 'PENDING_REVIEW')
  const { documents } = await patchbay(['status', 'wrong-taste', '--json'], { cwd, env })
  const input = { packageId: documents[0]!['id'] as string }
  accepted((await stage.reviewer.request(StartReviewDocument, { input })).startReview)
  await told(waiting, 'IN_REVIEW  wrong-taste 0.1.0 is held by reviewer of the story')
  const rejection = { input: { ...input, reason: 'Too\u001B[31m dark' } }
  accepted((await stage.reviewer.request(RejectPackageDocument, rejection)).rejectPackage)
  const { code, stdout } = await waiting.ended
  expect(code).toBe(4)
  expect(stdout).toContain('REJECTED  wrong-taste 0.1.0 was rejected by reviewer of the story: Too')
  // A reviewer's text moves no cursor and paints nothing.
  expect(stdout).not.toContain('\u001B')

  const again = await patchbay(['submit', 'wrong-taste', '--json'], { cwd, env })
  expect(again.code).toBe(4)
  expect(again.documents).toMatchObject([
    { event: 'refused', userErrors: [{ code: 'VERSION_EXISTS' }], exitCode: 4 },
  ])
})

test(
  'Ctrl-C ends the waiting, not the submission; --timeout says that there is no decision yet',
  MINUTE,
  async () => {
    const cwd = await emptyFolder()
    const env = { PATCHBAY_URL: server.url, PATCHBAY_TOKEN: token }
    await patchbay(['init', 'patience', '--template', 'workflow'], { cwd })
    const waiting = start(['submit', 'patience', '--wait'], { cwd, env })
    await told(waiting, 'PENDING_REVIEW')
    waiting.process.kill('SIGINT')
    const ended = await waiting.ended
    expect(ended.code).toBe(130)
    expect(ended.stderr).toBe(
      'patchbay: No longer waiting; patience 0.1.0 stays submitted: patchbay status patience@0.1.0 --watch\n',
    )
    const watched = start(['status', 'patience@0.1.0', '--watch', '--json'], { cwd, env })
    expect(await firstDocument(watched)).toMatchObject({
      event: 'state',
      package: { status: 'PENDING_REVIEW' },
    })
    watched.process.kill('SIGTERM')
    expect((await watched.ended).code).toBe(130)

    await patchbay(['init', 'impatience', '--template', 'ai-module'], { cwd })
    const timed = await patchbay(['submit', 'impatience', '--wait', '--timeout', '0.2', '--json'], {
      cwd,
      env,
    })
    expect(timed.code).toBe(6)
    expect(timed.documents.at(-1)).toMatchObject({ error: { code: 'UNDECIDED' }, exitCode: 6 })
  },
)
