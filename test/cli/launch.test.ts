import { execFile, execFileSync } from 'node:child_process'
import { access, copyFile, mkdir } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { emptyFolder, ENTRY, patchbay } from './support/command.ts'

const PROJECT = fileURLToPath(new URL('../..', import.meta.url))
const OLD = oldNode()

/** A Node of the system's that cannot run TypeScript; null where there is none. */
function oldNode(): string | null {
  try {
    const version = execFileSync('/usr/bin/node', ['-v'], { encoding: 'utf8' })
    return Number(/\d+/.exec(version)?.[0]) < 24 ? '/usr/bin/node' : null
  } catch {
    // There is none.
    return null
  }
}

test('npx runs the command in the project, and from elsewhere by --prefix', async () => {
  const cwd = await emptyFolder()
  const run = async (folder: string, ...args: string[]): Promise<string> => {
    const { stdout } = await promisify(execFile)('npx', args, { cwd: folder })
    return stdout
  }
  expect(await run(PROJECT, 'patchbay', '--help')).toContain('Usage: patchbay')
  expect(await run(PROJECT, 'patchbay', '--version')).toMatch(/^\d+\.\d+\.\d+\n$/)
  const elsewhere = ['--prefix', PROJECT, 'patchbay', 'init', 'mine', '--template', 'ui-theme']
  expect(await run(cwd, ...elsewhere)).toContain('Mine (mine) is in mine:')
  await access(path.join(cwd, 'mine/manifest.json'))
})

test.skipIf(OLD === null)(
  'an old Node hands over to the one that the project brings, exit codes and all',
  async () => {
    const cwd = await emptyFolder()
    const node = OLD!
    expect(await patchbay(['--help'], { cwd, node })).toMatchObject({ code: 0, stderr: '' })
    expect(await patchbay(['check', 'nothing'], { cwd, node })).toMatchObject({ code: 2, stdout: '' })
  },
)

test.skipIf(OLD === null)(
  'an old Node without the project around it says in one line what to do',
  async () => {
    const folder = await emptyFolder()
    await mkdir(path.join(folder, 'cli'))
    const alone = path.join(folder, 'cli/patchbay.mjs')
    await copyFile(ENTRY, alone)
    const failed = await promisify(execFile)(OLD!, [alone]).catch((error: unknown) => error)
    expect(failed).toMatchObject({ code: 2, stdout: '' })
    expect((failed as { stderr: string }).stderr).toMatch(
      /^patchbay: this is Node \d[^\n]*run npm ci[^\n]*\n$/,
    )
  },
)
