import { createHash } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { examplesFolder, listExamples, packExample } from './lib/example-packages.ts'

// `npm run pack:examples`: every example plugin as ZIP and as MPK, below plugins-examples/dist/.
const folder = join(examplesFolder, 'dist')
await mkdir(folder, { recursive: true })
for (const id of await listExamples()) {
  const { version, zip, mpk } = await packExample(id)
  for (const [ending, bytes] of [
    ['zip', zip],
    ['mpk', mpk],
  ] as const) {
    const name = `${id}-${version}.${ending}`
    await writeFile(join(folder, name), bytes)
    const digest = createHash('sha256').update(bytes).digest('hex')
    console.log(`${name.padEnd(36)} ${String(bytes.length).padStart(7)} bytes  sha256 ${digest}`)
  }
}
