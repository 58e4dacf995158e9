import { execFile } from 'node:child_process'
import { chmod, mkdir, symlink } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { goodManifest } from '../archive/support/plugin-files.ts'
import { emptyFolder, ENTRY, patchbay, writeFiles } from './support/command.ts'

const PLUGIN = { 'manifest.json': JSON.stringify(goodManifest), 'main.js': 'export default {}\n' }
/** Nobody, where the tests run as root, who may read and write everything. */
const NOBODY = process.getuid?.() === 0 ? { uid: 65_534 } : {}

test('an ignore file that may not be read is told, and is no fault of ours', async () => {
  const cwd = await emptyFolder()
  await writeFiles(cwd, { ...PLUGIN, '.patchbayignore': 'notes' })
  await chmod(cwd, 0o755)
  await chmod(path.join(cwd, '.patchbayignore'), 0o000)
  const { code, documents } = await patchbay(['check', '--json'], { cwd, ...NOBODY })
  expect(code).toBe(1)
  expect(documents[0]!['error']).toMatchObject({
    code: 'ARCHIVE_REJECTED',
    message: expect.stringMatching(/^\.patchbayignore cannot be read: EACCES/) as string,
  })
})

test('a folder into which nothing may be written is told as wrong usage', async () => {
  const cwd = await emptyFolder()
  const plugin = path.join(cwd, 'plugin')
  await writeFiles(plugin, PLUGIN)
  await chmod(cwd, 0o755)
  await mkdir(path.join(cwd, 'out'))
  await chmod(path.join(cwd, 'out'), 0o000)
  const { code, stderr } = await patchbay(['pack', plugin, '--out', 'out/x.zip'], { cwd, ...NOBODY })
  await chmod(path.join(cwd, 'out'), 0o755)
  expect(stderr).toMatch(/^patchbay: out\/x\.zip cannot be written: EACCES/)
  expect(code).toBe(2)
})

test('the names of files cannot steer the terminal', async () => {
  const cwd = await emptyFolder()
  await writeFiles(cwd, PLUGIN)
  await symlink('/etc/hostname', path.join(cwd, 'a\u001B[2J\nb'))
  const { code, stderr } = await patchbay(['check'], { cwd })
  expect(stderr).toMatch(/^patchbay: a\\u\{1b\}\[2J\\u\{a\}b is a symbolic link[^\n]*\n$/)
  expect(code).toBe(1)
})

test('a result that cannot be written does not end like a package with findings', async () => {
  const cwd = await emptyFolder()
  await writeFiles(cwd, PLUGIN)
  const ended = await new Promise<{ code: unknown; stderr: string }>((resolve) => {
    const args = ['-c', '"$0" "$1" check --json > /dev/full', process.execPath, ENTRY]
    execFile('sh', args, { cwd }, (error, _stdout, stderr) => resolve({ code: error?.code, stderr }))
  })
  expect(ended.stderr).toMatch(/^patchbay: the result cannot be written: ENOSPC[^\n]*\n$/)
  expect(ended.code).toBe(5)
})

test('a script that gives no command is told so', async () => {
  const { code, documents } = await patchbay(['--json'], { cwd: await emptyFolder() })
  expect(code).toBe(2)
  expect(documents[0]!['error']).toEqual({
    code: 'USAGE',
    message: 'No command is given: patchbay --help lists them.',
  })
})
