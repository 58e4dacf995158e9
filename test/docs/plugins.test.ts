import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { emptyFolder, patchbay } from '../cli/support/command.ts'

const PAGE = path.join(import.meta.dirname, '../../docs/plugins.md')
const FILES = ['manifest.json', 'main.js', 'test/plugin.test.js']

test('the plugin that docs/plugins.md shows passes every check, and its own tests', async () => {
  const text = await readFile(PAGE, 'utf8')
  const blocks = [...text.matchAll(/^```(?:json|js)\n(.*?)^```$/gms)].map(([, code]) => code!)
  expect(blocks).toHaveLength(FILES.length)
  const cwd = await emptyFolder()
  await mkdir(path.join(cwd, 'parcel-counter/test'), { recursive: true })
  for (const [index, file] of FILES.entries()) {
    await writeFile(path.join(cwd, 'parcel-counter', file), blocks[index]!)
  }
  await writeFile(path.join(cwd, 'parcel-counter/.patchbayignore'), 'test\n')
  const checked = await patchbay(['check', 'parcel-counter', '--json'], { cwd })
  expect(checked.documents).toMatchObject([{ valid: true, findings: [] }])
  const tried = await patchbay(['test', 'parcel-counter'], { cwd })
  expect(tried).toMatchObject({ code: 0, stderr: '' })
  expect(tried.stdout).toMatch(/pass 3/)
})
