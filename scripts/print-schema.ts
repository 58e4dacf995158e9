import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { lexicographicSortSchema, printSchema } from 'graphql'
import { schema } from '../src/schema.ts'

/** Writes `schema/schema.graphql`, the public contract as the code makes it; `--check` only says whether it is that. */
const file = path.join(import.meta.dirname, '../schema/schema.graphql')
const printed = `${printSchema(lexicographicSortSchema(schema))}\n`
if (!process.argv.includes('--check')) {
  await writeFile(file, printed)
} else if ((await readFile(file, 'utf8')) !== printed) {
  process.stderr.write('schema/schema.graphql is not what the code makes; npm run codegen writes it.\n')
  process.exitCode = 1
}
