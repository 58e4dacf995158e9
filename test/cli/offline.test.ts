import { createHash } from 'node:crypto'
import { chmod, mkdir, readFile, stat, symlink, utimes } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { goodManifest } from '../archive/support/plugin-files.ts'
import { emptyFolder, patchbay, writeFiles } from './support/command.ts'

const PLUGIN = {
  'manifest.json': JSON.stringify(goodManifest),
  'main.js': 'export default {}\n',
  'lib/deep/one.js': 'export const one = 1\n',
}

test.each(['integration', 'ui-theme', 'ai-module', 'workflow'])(
  'what init makes of the template %s passes every check without a finding, and its own tests',
  async (template) => {
    const cwd = await emptyFolder()
    const name = 'A "quoted" näme'
    const made = await patchbay(['init', 'mine', '--template', template, '--name', name, '--json'], { cwd })
    expect(made).toMatchObject({ code: 0, stderr: '' })
    expect(made.documents).toMatchObject([{ template, id: 'mine', name, folder: path.join(cwd, 'mine') }])
    const manifest = JSON.parse(await readFile(path.join(cwd, 'mine/manifest.json'), 'utf8')) as unknown
    expect(manifest).toMatchObject({ id: 'mine', name, type: template })

    const checked = await patchbay(['check', 'mine', '--json'], { cwd })
    expect(checked).toMatchObject({ code: 0, stderr: '', documents: [{ valid: true, findings: [] }] })
    const tried = await patchbay(['test', 'mine'], { cwd })
    expect(tried).toMatchObject({ code: 0, stderr: '' })
    expect(tried.stdout).toMatch(/^(?:# |ℹ )pass [1-9]/m)
  },
)

test('init leaves a folder alone that is not empty, and asks for nothing where nobody can answer', async () => {
  const cwd = await emptyFolder()
  await writeFiles(cwd, { 'mine/notes.txt': 'mine' })
  const full = await patchbay(['init', 'mine', '--template', 'workflow'], { cwd })
  expect(full).toMatchObject({ code: 2, stdout: '' })
  expect(full.stderr).toBe('patchbay: mine is not empty: name a new folder, or empty this one.\n')
  const silent = await patchbay(['init', 'other'], { cwd })
  expect(silent).toMatchObject({ code: 2, stdout: '' })
  expect(silent.stderr).toContain('--template: integration, ui-theme, ai-module, workflow')
  expect((await patchbay(['init', 'Not an id!', '--template', 'workflow'], { cwd })).stderr).toContain('--id')
})

test('check groups what it finds by file and line, and ends with 1 where a server would refuse', async () => {
  const cwd = await emptyFolder()
  await writeFiles(cwd, {
    ...PLUGIN,
    'manifest.json': JSON.stringify({ ...goodManifest, version: 'one', keywrods: ['x'] }, null, 2),
    'main.js': 'export default {}\n\neval("1")\n',
  })
  const told = await patchbay(['check'], { cwd })
  expect(told).toMatchObject({ code: 1, stderr: '' })
  const lines = told.stdout.split('\n')
  expect(lines[0]).toBe('main.js')
  expect(lines[1]).toMatch(/^ {2}3 {2}ERROR {4}scan\.dynamic-code {2}\S/)
  expect(told.stdout).toMatch(/^manifest\.json\n(?: .*\n)*? +\d+ {2}ERROR {4}manifest\.version\.semver {2}/m)
  expect(told.stdout).toMatch(/^ +\d+ {2}WARNING {2}manifest\.unknown-keys {2}.*keywords/m)
  expect(told.stdout).toContain('would be refused: 2 errors, 1 warning in')
  expect(told.stdout).toContain('Left to the server: whether the version is new there')

  const { documents } = await patchbay(['check', '--json'], { cwd })
  expect(documents).toHaveLength(1)
  expect(documents[0]).toMatchObject({ valid: false, format: 'ZIP', id: 'welcome-email' })
  expect(documents[0]!['findings']).toContainEqual(
    expect.objectContaining({ severity: 'ERROR', check: 'scan.dynamic-code', path: 'main.js', line: 3 }),
  )
})

test('names of the host are checked where its extension points are given', async () => {
  const cwd = await emptyFolder()
  await writeFiles(cwd, {
    'plugin/manifest.json': JSON.stringify({ ...goodManifest, hooks: ['service_provison'] }),
    'plugin/main.js':
      "import { definePlugin } from 'patchbay'\nexport default definePlugin({ hooks: { service_provison: () => undefined } })\n",
    'host.json': '{"hooks": ["service_provision"]}',
    'wrong.json': '{"hook": ["service_provision"]}',
  })
  expect(await patchbay(['check', 'plugin'], { cwd })).toMatchObject({ code: 0 })
  const known = await patchbay(['check', 'plugin', '--host', 'host.json'], { cwd })
  expect(known.code).toBe(1)
  expect(known.stdout).toMatch(/manifest\.hooks\.known .*service_provision/)
  expect(await patchbay(['check', 'plugin', '--host', 'wrong.json'], { cwd })).toMatchObject({ code: 2 })
})

test('the same files give the same archive, whenever and wherever they were written', async () => {
  const [one, other] = [await emptyFolder(), await emptyFolder()]
  await writeFiles(one, PLUGIN)
  await writeFiles(other, Object.fromEntries(Object.entries(PLUGIN).reverse()))
  await utimes(path.join(other, 'main.js'), 1, 1)
  await chmod(path.join(other, 'main.js'), 0o755)
  for (const format of ['zip', 'mpk']) {
    const env = { TZ: 'Pacific/Apia' }
    const first = await patchbay(['pack', '--format', format, '--json'], { cwd: one })
    const second = await patchbay(['pack', '--format', format, '--json'], { cwd: other, env })
    const [made] = first.documents
    expect(made).toMatchObject({ file: path.join(one, `welcome-email-1.0.0.${format}`) })
    expect(made!['files']).toEqual(['lib/deep/one.js', 'main.js', 'manifest.json'])
    expect(second.documents[0]!['digest']).toBe(made!['digest'])
    const bytes = await readFile(path.join(one, `welcome-email-1.0.0.${format}`))
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(made!['digest'])
    expect(bytes).toHaveLength(made!['size'] as number)
    // The archive lies in the folder now, and is no part of the next one.
    const third = await patchbay(['pack', '--format', format, '--json'], { cwd: one })
    expect(third.documents[0]!['digest']).toBe(made!['digest'])
  }
})

test('dot files, node_modules, signatures and what .patchbayignore names are not packed', async () => {
  const cwd = await emptyFolder()
  await writeFiles(cwd, {
    ...PLUGIN,
    '.env': 'SECRET=1',
    '.git/config': 'x',
    'node_modules/left-pad/index.js': 'x',
    'lib/node_modules/x.js': 'x',
    'old.zip': 'x',
    'old.zip.sig': 'x',
    'test/main.test.js': 'x',
    'notes/plan.md': 'x',
    'notes/deep/plan.md': 'x',
    '.patchbayignore': '# not for users\ntest/\nnotes/**\n\n',
  })
  const { documents } = await patchbay(['pack', '--json', '--out', 'a.zip'], { cwd })
  expect(documents[0]!['files']).toEqual(['lib/deep/one.js', 'main.js', 'manifest.json'])
})

test('what cannot be packed is refused in one line that says what to do', async () => {
  const cwd = await emptyFolder()
  const refused = async (
    files: Record<string, string | Uint8Array>,
    then?: () => Promise<void>,
  ): Promise<string> => {
    const folder = await emptyFolder()
    await writeFiles(folder, files)
    await chmod(folder, 0o755)
    if (then) await then()
    const { code, stdout, stderr } = await patchbay(['pack', folder, '--out', path.join(cwd, 'x.zip')], {
      cwd,
    })
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/^patchbay: [^\n]+\n$/)
    return stderr
  }
  expect(await refused({})).toContain('holds no files to pack')
  expect(await refused({ ...PLUGIN, 'data.bin': new Uint8Array(30 * 1024 * 1024) })).toContain(
    'data.bin is larger',
  )
  const key = '-----BEGIN PRIVATE KEY-----\nMC4CAQ\n-----END PRIVATE KEY-----\n'
  expect(await refused({ ...PLUGIN, 'publisher.pem': key })).toContain('publisher.pem is a private key')
  await expect(stat(path.join(cwd, 'x.zip'))).rejects.toThrow('ENOENT')

  const linked = await emptyFolder()
  await writeFiles(linked, PLUGIN)
  await symlink('/etc/passwd', path.join(linked, 'users.js'))
  const link = await patchbay(['check', linked, '--json'], { cwd })
  expect(link).toMatchObject({ code: 1, documents: [{ error: { code: 'ARCHIVE_REJECTED' }, exitCode: 1 }] })
  expect(link.stderr).toContain('users.js is a symbolic link')
})

test('a file that may not be read is named', async () => {
  const cwd = await emptyFolder()
  await writeFiles(cwd, PLUGIN)
  await chmod(cwd, 0o755)
  await chmod(path.join(cwd, 'main.js'), 0)
  await mkdir(path.join(cwd, 'out'), { mode: 0o777 })
  // Root may read everything: then the command runs as nobody.
  const { code, stderr } = await patchbay(['check'], {
    cwd,
    ...(process.getuid?.() === 0 ? { uid: 65_534 } : {}),
  })
  expect(code).toBe(1)
  expect(stderr).toMatch(/^patchbay: main\.js cannot be read: EACCES/)
})

test('in a folder without a manifest that is said before what else lies there', async () => {
  const cwd = await emptyFolder()
  await writeFiles(cwd, {
    'publisher.pem': '-----BEGIN PRIVATE KEY-----\nMC4CAQ\n-----END PRIVATE KEY-----\n',
  })
  const { code, stderr } = await patchbay(['check', '.'], { cwd })
  expect(code).toBe(1)
  expect(stderr).toMatch(/^patchbay: \. has no manifest\.json.* publisher\.pem is a private key/)
})

test('check names the permission that makes the risk HIGH, and that two reviewers must approve', async () => {
  const cwd = await emptyFolder()
  const permissions = [
    { permission: 'users:write', reason: 'It invites users.' },
    { permission: 'mail:send' },
  ]
  await writeFiles(cwd, { ...PLUGIN, 'manifest.json': JSON.stringify({ ...goodManifest, permissions }) })
  const { stdout } = await patchbay(['check'], { cwd })
  expect(stdout).toContain('risk HIGH (users:write: two reviewers must approve).')
})
