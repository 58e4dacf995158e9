import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { glob } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { Command } from 'commander'
import { plain } from '../console.ts'
import { EXIT, usageError } from '../exit.ts'
import { kindOf } from '../files.ts'
import type { Session } from '../session.ts'

/** Where tests of a plugin stand, as Node's own runner looks for them. */
const TESTS = ['test/**/*.{js,mjs,ts}', '**/*.test.{js,mjs,ts}']

/** `patchbay test`: runs a plugin's tests, which run the plugin in the real sandbox. */
export function testCommand(session: Session): Command {
  return new Command('test')
    .summary("runs a plugin's tests, in the sandbox that a server runs it in")
    .description(
      "Runs a plugin's tests by Node's own runner (node:test). createTestHost of patchbay/testing runs its handlers in the\n" +
        'sandbox that a server runs them in, with a host that the test scripts. Needs no server.',
    )
    .argument('[folder]', 'the plugin', '.')
    .argument('[tests...]', `files; without them ${TESTS.join(' and ')}`)
    .option('--watch', 'runs them again whenever a file changes')
    .addHelpText(
      'after',
      `
Examples:
  $ patchbay test
  $ patchbay test welcome-email
  $ patchbay test welcome-email test/routes.test.js --watch`,
    )
    .action(async (folder: string, tests: string[], { watch = false }: { watch?: boolean }) => {
      if ((await kindOf(folder)) !== 'folder') throw usageError(`${plain(folder)} is no folder of a plugin.`)
      const files = tests.length > 0 ? tests : await findTests(folder)
      if (files.length === 0) {
        throw usageError(
          `${plain(folder)} has no tests: write one, e.g. ${path.join(folder, 'test/plugin.test.js')}.`,
        )
      }
      session.exit = (await runTests(folder, files, watch)) ? EXIT.done : EXIT.findings
    })
}

async function findTests(folder: string): Promise<string[]> {
  const found = new Set<string>()
  const exclude = (name: string): boolean => path.basename(name) === 'node_modules'
  for await (const file of glob(TESTS, { cwd: folder, exclude })) found.add(file)
  return [...found].sort()
}

/** In a process of their own, in the plugin's folder; whether all went well. */
async function runTests(folder: string, files: readonly string[], watch: boolean): Promise<boolean> {
  const hooks = fileURLToPath(new URL('../../testing/resolve-hooks.mjs', import.meta.url))
  const flags = ['--import', hooks, '--test', ...(watch ? ['--watch'] : [])]
  const runner = spawn(process.execPath, [...flags, ...files], { cwd: folder, stdio: 'inherit' })
  const [code] = (await once(runner, 'exit')) as [number | null]
  return code === 0
}
