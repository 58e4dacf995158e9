import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { RunJobDocument } from '../../../schema/generated/graphql.ts'
import { accepted } from '../../../scripts/lib/accepted.ts'
import { askerOf } from '../../support/asking.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { openStage, run, type TestStage } from '../../support/stage.ts'

const DOCS = path.join(import.meta.dirname, '../../../docs')
const SECTIONS = ['Files', 'Collections', "Reading the organization's data"]
let server: TestServer
let stage: TestStage
let installationId: string
beforeAll(async () => {
  server = await startTestServer({ worker: false })
  stage = await openStage(server)
  const page = await readFile(path.join(DOCS, 'capabilities.md'), 'utf8')
  const jobs = SECTIONS.map((section, index) => ({
    name: `job-${index}`,
    code: blockOf(page, section, 'js'),
  }))
  const declared = JSON.parse(blockOf(page, 'Collections', 'json manifest')) as { permissions: string[] }
  const permissions = [...declared.permissions, { permission: 'db:read', reason: 'To tell of the sites.' }]
  installationId = await run(
    stage,
    { id: 'documented', ...declared, permissions, jobs: jobs.map(({ name }) => ({ name })) },
    `import { definePlugin } from 'patchbay'
     const told = (ctx, answer) => ctx.log.info(JSON.stringify(answer))
     export default definePlugin({ jobs: {
       ${jobs.map(({ name, code }) => `'${name}': async (ctx) => told(ctx, await (async () => { ${code} })())`).join(',\n')}
     } })`,
  )
})
afterAll(async () => {
  await stage.close()
  await server.close()
})

/** The first block of that language in a section of the page. */
function blockOf(page: string, section: string, language: string): string {
  const text = page.split(/^## /m).find((part) => part.startsWith(`${section}\n`)) ?? ''
  const block = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'm').exec(text)?.[1]
  if (block === undefined) throw new Error(`${section} has no block of ${language}.`)
  return block
}

async function toldBy(job: string): Promise<unknown> {
  const { runJob } = await stage.operator.request(RunJobDocument, { input: { installationId, job } })
  const { invocation } = accepted(runJob)
  expect(invocation!.outcome, invocation!.error ?? '').toBe('OK')
  const { rows } = await server.app.database.pool.query<{ logs: { message: string }[] }>(
    'select logs from invocation where name = $1 order by id desc limit 1',
    [job],
  )
  return JSON.parse(rows[0]!.logs[0]!.message)
}

test.each(['Files', 'Collections'])('what the page shows of %s happens as it says', async (section) => {
  const page = await readFile(path.join(DOCS, 'capabilities.md'), 'utf8')
  expect(await toldBy(`job-${SECTIONS.indexOf(section)}`)).toEqual(JSON.parse(blockOf(page, section, 'json')))
})

test('what the page shows of the database is answered', async () => {
  const { rows } = (await toldBy('job-2')) as { rows: { slug: string }[] }
  expect(rows.map((row) => Object.keys(row))).toEqual(rows.map(() => ['slug', 'host_version']))
})

test('every view has the columns that its page names, and the example is answered', async () => {
  const page = await readFile(path.join(DOCS, 'plugin-data.md'), 'utf8')
  const ask = await askerOf(server, installationId)
  const views = [...page.matchAll(/^\| `(\w+)` \| (`.+?`) \|/gm)]
  expect(views.map(([, name]) => name)).toEqual(['organization', 'site', 'installation', 'health', 'plugin'])
  for (const [, name, columns] of views) {
    const answer = await ask('db.query', { sql: `select * from ${name} limit 1`, params: [] })
    const { rows } = answer as unknown as { rows: Record<string, unknown>[] }
    expect(Object.keys(rows[0]!), name).toEqual(columns!.split(', ').map((column) => column.slice(1, -1)))
  }
  const example = /^```sql\n([\s\S]*?)^```/m.exec(page)![1]!
  expect(await ask('db.query', { sql: example, params: [] })).toMatchObject({
    rows: [{ plugin: 'documented', version: '1.0.0' }],
  })
})
