import { glob, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'

import { diffModels, type DatamodelFile } from '../src/platform/diff-models.ts'

/**
 * `npm run migrate -- <name>` writes the migration from the last folder's datamodel to the one in `prisma/models`, to be read,
 * completed by hand where Prisma has no words (partitions, checks, partial indexes), and committed. It connects to no
 * database: the next start applies it. `--check` only says whether one is missing (exit code 1).
 */

const PRISMA = path.join(import.meta.dirname, '../prisma')
const MIGRATIONS = path.join(PRISMA, 'migrations')

const [name] = process.argv.slice(2)
if (name === '--check') {
  const sql = await diffModels(await lastDatamodel(), await presentDatamodel())
  if (sql !== '')
    fail(`prisma/models has changes without a migration; npm run migrate -- <name> writes it:\n\n${sql}`)
} else if (name === undefined || !/^[a-z][a-z0-9_]{0,60}$/.test(name)) {
  fail('Usage: npm run migrate -- <name>, where the name says what changes, e.g. add_plugin_homepage.')
} else {
  await writeMigration(name)
}

async function writeMigration(name: string): Promise<void> {
  const models = await presentDatamodel()
  const sql = await diffModels(await lastDatamodel(), models)
  if (sql === '') fail('prisma/models says what the last migration leads to: there is nothing to migrate.')

  const time = new Date().toISOString().replaceAll(/\D/g, '').slice(0, 14)
  const folder = path.join(MIGRATIONS, `${time}_${name}`)
  for (const file of models) {
    const copy = path.join(folder, 'datamodel', path.basename(file.path))
    await mkdir(path.dirname(copy), { recursive: true })
    await writeFile(copy, file.content)
  }
  await writeFile(path.join(folder, 'migration.sql'), sql)
  await writeFile(path.join(MIGRATIONS, 'migration_lock.toml'), 'provider = "postgresql"\n')
  process.stdout.write(`${path.relative(process.cwd(), folder)}/migration.sql\n\n${sql}`)
}

async function presentDatamodel(): Promise<DatamodelFile[]> {
  const files: string[] = []
  for await (const file of glob(path.join(PRISMA, 'models/*.prisma'))) files.push(file)
  return readAll(files)
}

/** Where the newest migration leads to; nothing where there is none. */
async function lastDatamodel(): Promise<DatamodelFile[]> {
  await mkdir(MIGRATIONS, { recursive: true })
  const folders = (await readdir(MIGRATIONS, { withFileTypes: true })).filter((entry) => entry.isDirectory())
  const last = folders
    .map((folder) => folder.name)
    .sort()
    .at(-1)
  if (last === undefined) return []
  const files: string[] = []
  for await (const file of glob(path.join(MIGRATIONS, last, 'datamodel/*.prisma'))) files.push(file)
  if (files.length === 0) fail(`prisma/migrations/${last} lacks its folder datamodel.`)
  return readAll(files)
}

function readAll(files: string[]): Promise<DatamodelFile[]> {
  return Promise.all(
    files.sort().map(async (file) => ({ path: file, content: await readFile(file, 'utf8') })),
  )
}

function fail(message: string): never {
  process.stderr.write(`${message}\n`)
  process.exit(1)
}
