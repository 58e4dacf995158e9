// npm's postinstall: generates the Prisma client and Pothos' types from prisma/ into src/generated, without network.
// Plain JavaScript, since Node 20 may run it before Node 24 is installed.
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..')
const prisma = createRequire(import.meta.url).resolve('prisma/build/index.js')

const { status, stdout, stderr, error } = spawnSync(process.execPath, [prisma, 'generate', '--no-hints'], {
  cwd: root,
  encoding: 'utf8',
  env: {
    ...process.env,
    // The generators are found by name; npm has them in PATH, a plain call has not.
    PATH: [path.join(root, 'node_modules', '.bin'), process.env.PATH].join(path.delimiter),
    // Generating needs no schema engine, but Prisma looks for its download: any program that exists contents it.
    PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
    CHECKPOINT_DISABLE: '1',
    NO_COLOR: '1',
    PRISMA_HIDE_UPDATE_MESSAGE: '1',
  },
})

if (status !== 0) {
  console.error('The database client could not be generated from prisma/ (npm run postinstall repeats it):')
  console.error([error?.message, stdout, stderr].filter(Boolean).join('\n').trim())
  process.exit(1)
}
