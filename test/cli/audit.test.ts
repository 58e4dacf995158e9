import { afterAll, beforeAll, expect, test } from 'vitest'
import { CreateSiteDocument } from '../../schema/generated/graphql.ts'
import { eventually } from '../support/http.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { openStage, rowId, type TestStage } from '../support/stage.ts'
import { emptyFolder, keyOf, patchbay, type Ended } from './support/command.ts'

let server: TestServer
let stage: TestStage
beforeAll(async () => {
  server = await startTestServer()
  stage = await openStage(server)
  // More than one page, and refusals among them.
  for (let number = 0; number < 105; number++) {
    const slug = number % 10 === 0 ? 'No Slug' : `site-${number}`
    const input = { organizationId: stage.organizationId, slug, name: 'x', hostVersion: '1.0.0' }
    await stage.admin.request(CreateSiteDocument, { input })
  }
  const { prisma } = server.app.database
  await eventually('all is sealed', async () => (await prisma.auditUnsealed.count()) === 0)
})
afterAll(async () => {
  await stage.close()
  await server.close()
})

/** Each command is a process of its own. */
const MINUTE = { timeout: 60_000 }

async function exported(args: string[], token = server.adminKey): Promise<Ended> {
  const env = { PATCHBAY_URL: server.url, PATCHBAY_TOKEN: token }
  return await patchbay(['audit', 'export', ...args], { cwd: await emptyFolder(), env })
}

interface Line {
  id: string
  at: string
  action: string
  success: boolean
  organization: { slug: string } | null
}

const linesOf = ({ stdout }: Ended): Line[] =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line)

test('every entry is a line of JSON, oldest first, and nothing else stands there', MINUTE, async () => {
  const ended = await exported([])
  expect(ended).toMatchObject({ code: 0, stderr: '' })
  const lines = linesOf(ended)
  expect(lines).toHaveLength(await server.app.database.prisma.auditEntry.count())
  const ids = lines.map((line) => rowId(line.id))
  expect(ids).toEqual(ids.toSorted())
  expect(new Set(ids).size).toBe(ids.length)
  expect(lines.filter((line) => !line.success)).toHaveLength(11)
})

test('of one organization, between two times, verified', MINUTE, async () => {
  const own = linesOf(await exported(['--organization', 'acme']))
  expect(own.every((line) => line.organization?.slug === 'acme')).toBe(true)
  const [from, to] = [own[20]!.at, own[60]!.at]
  const ended = await exported(['--organization', 'acme', '--from', from, '--to', to, '--verify'])
  expect(ended.code).toBe(0)
  expect(linesOf(ended)).toEqual(own.filter((line) => line.at >= from && line.at < to))
  expect(ended.stderr).toMatch(
    new RegExp(
      `^acme: ${own.length} entries sealed and unchanged, up to seal ${own.length} [0-9a-f]{64}; 0 not`,
    ),
  )
})

test('a chain that does not hold is told, after all that could be written', MINUTE, async () => {
  const { prisma } = server.app.database
  const { entryId } = await prisma.auditSeal.findUniqueOrThrow({
    where: { chain_number: { chain: rowId(stage.organizationId), number: 7 } },
  })
  await server.owner.query(`update audit_entry set action = 'forged' where id = $1`, [entryId])
  const ended = await exported(['--verify'])
  expect(ended.code).toBe(4)
  expect(linesOf(ended).length).toBeGreaterThan(100)
  expect(ended.stderr).toContain(`the chain of acme does not hold: The entry of seal 7`)
  expect(ended.stderr).toContain(entryId)
  expect(ended.stderr).toContain('the platform: ')
})

test('who may not read it, and what is asked wrongly, is told by the exit code', MINUTE, async () => {
  expect(await exported([], await keyOf(stage, 'VIEWER'))).toMatchObject({ code: 3, stdout: '' })
  expect(await exported(['--organization', 'nowhere'])).toMatchObject({ code: 4, stdout: '' })
  expect(await exported(['--from', 'yesterday'])).toMatchObject({ code: 2, stdout: '' })
})
