import { readFile } from 'node:fs/promises'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { SetSecretDocument } from '../../../schema/generated/graphql.ts'
import { accepted } from '../../../scripts/lib/accepted.ts'
import type { JsonObject } from '../../../src/lib/json.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { openStage, type TestStage } from '../../support/stage.ts'
import { openAsked, type Asked } from './support/plugin.ts'
import { startMailServer, type TestMailServer } from './support/smtp.ts'

const PAGE = path.join(import.meta.dirname, '../../../docs/capabilities.md')
const SECTIONS = ['Secrets', 'HTTP', 'Mail', 'Language models']
let page: string
let outside: http.Server
let mailServer: TestMailServer
let server: TestServer
let stage: TestStage
let plugin: Asked

/** What the page calls api.example.com, and the language model. */
function answer(request: http.IncomingMessage, body: string): JsonObject {
  if (request.url === '/v1/whoami')
    return { name: request.headers.authorization === 'Bearer t0k3n' ? 'acme' : null }
  if (request.url === '/v1/echo') return JSON.parse(body) as JsonObject
  return {
    choices: [{ message: { role: 'assistant', content: 'Paris' }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 23, completion_tokens: 1 },
  }
}

beforeAll(async () => {
  page = await readFile(PAGE, 'utf8')
  outside = http.createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString('utf8')))
    request.on('end', () => {
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify(answer(request, body)))
    })
  })
  await new Promise<void>((resolve) => outside.listen(0, '127.0.0.1', resolve))
  const host = `localhost:${(outside.address() as AddressInfo).port}`
  mailServer = await startMailServer({ user: 'plugins', pass: 'secret' })
  server = await startTestServer({
    worker: false,
    env: {
      PATCHBAY_EGRESS_ALLOW: host,
      SMTP_URL: mailServer.url,
      MAIL_FROM: 'plugins@example.com',
      LLM_BASE_URL: `http://${host}/v1`,
      LLM_MODEL: 'small',
    },
  })
  stage = await openStage(server)
  const here = (text: string): string =>
    text.replaceAll('https://api.example.com', `http://${host}`).replaceAll('"api.example.com"', `"${host}"`)
  const manifest = JSON.parse(here(blockOf('Secrets', 'json manifest'))) as { permissions: string[] }
  const codes = SECTIONS.map((section) => `async () => { ${here(blockOf(section, 'js'))} }`)
  plugin = await openAsked(
    server,
    stage,
    { ...manifest, id: 'documented', permissions: [...manifest.permissions, 'mail:send', 'llm:invoke'] },
    `async (ctx, section) => await [${codes.join(',\n')}][section]()`,
    async (installationId) => {
      for (const [key, value] of Object.entries({ SIGNING_KEY: 's1gn', API_TOKEN: 't0k3n' })) {
        const input = { installationId, key, value }
        accepted((await stage.operator.request(SetSecretDocument, { input })).setSecret)
      }
    },
  )
})
afterAll(async () => {
  await stage.close()
  await server.close()
  await mailServer.close()
  outside.closeAllConnections()
  await new Promise((resolve) => outside.close(resolve))
})

function blockOf(section: string, language: string): string {
  const text = page.split(/^## /m).find((part) => part.startsWith(`${section}\n`)) ?? ''
  const block = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'm').exec(text)?.[1]
  if (block === undefined) throw new Error(`${section} has no block of ${language}.`)
  return block
}

test.each(SECTIONS)('what the page shows of %s happens as it says', async (section) => {
  expect(await plugin.value(SECTIONS.indexOf(section))).toEqual(JSON.parse(blockOf(section, 'json')))
})
