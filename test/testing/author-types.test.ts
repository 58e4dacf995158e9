import { execFile } from 'node:child_process'
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestHost } from '../../src/testing/create-test-host.ts'
import { withHook } from '../support/runtime.ts'

const ROOT = path.join(import.meta.dirname, '../..')
const TYPES = path.join(ROOT, 'src/cli/templates/shared/patchbay.d.ts')

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'patchbay-types-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** What the compiler has to say of the code of plugins, by the types that their authors get. */
async function complaints(): Promise<string> {
  const compilerOptions = {
    checkJs: true,
    strict: false,
    target: 'esnext',
    module: 'nodenext',
    lib: ['esnext', 'dom'],
    types: [],
    noEmit: true,
  }
  const include = ['**/main.js', '**/lib/**/*.js', '**/transforms/**/*.js', 'patchbay.d.ts']
  await cp(TYPES, path.join(folder, 'patchbay.d.ts'))
  await writeFile(path.join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include }))
  try {
    await promisify(execFile)(path.join(ROOT, 'node_modules/.bin/tsc'), ['-p', folder])
    return ''
  } catch (error) {
    return (error as { stdout: string }).stdout
  }
}

test('templates fit the types that plugin authors get; what is misspelt does not', async () => {
  await cp(path.join(ROOT, 'src/cli/templates'), path.join(folder, 'templates'), { recursive: true })
  await rm(path.join(folder, 'templates/shared'), { recursive: true })
  expect(await complaints()).toBe('')
  const wrong = `import { definePlugin } from 'patchbay'
export default definePlugin({
  hooks: { a: (ctx) => ctx.secret.get('A') },
  jobs: { b: async (ctx) => [(await ctx.mail.send({ to: 'a@b.example', subject: '' })).refused, crypto.hmac('SHA-256', 'a', 'b')] },
})
`
  await writeFile(path.join(folder, 'main.js'), wrong)
  expect(await complaints()).toMatch(/^\S*main\.js\(3,\d+\): error .*'secret' does not exist.*\n$/)
})

test('the types tell of all that ctx has, and of nothing else', async () => {
  const told = await withHook('return Object.keys(ctx)').hook('run')
  const text = await readFile(TYPES, 'utf8')
  const body = /export interface Context \{(.*?)\n {2}\}/s.exec(text)![1]!
  const typed = [...body.matchAll(/^ {4}readonly (\w+):/gm)].map(([, name]) => name)
  expect(new Set(typed)).toEqual(new Set(told.value as string[]))
})

test('the host of a test is what its types tell', async () => {
  const examples = await readdir(path.join(ROOT, 'plugins-examples'))
  await using host = await createTestHost(
    path.join(
      ROOT,
      'plugins-examples',
      examples.find((it) => it === 'daily-kpi')!,
    ),
  )
  const text = await readFile(TYPES.replace('patchbay.d', 'patchbay-testing.d'), 'utf8')
  const body = /export interface TestHost extends AsyncDisposable \{(.*?)\n {2}\}/s.exec(text)![1]!
  const typed = [...body.matchAll(/^ {4}(?:readonly )?(\w+)[:(]/gm)].map(([, name]) => name)
  expect(new Set(typed)).toEqual(new Set(Object.keys(host)))
})
