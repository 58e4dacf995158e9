import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { lexicographicSortSchema, printSchema } from 'graphql'
import { schema } from '../src/schema.ts'

/** Writes `schema/schema.graphql`, the public contract as the code makes it. */
const file = path.join(import.meta.dirname, '../schema/schema.graphql')
await writeFile(file, `${printSchema(lexicographicSortSchema(schema))}\n`)
