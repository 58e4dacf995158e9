import { lexicographicSortSchema, printSchema } from 'graphql'
import { schema } from '../src/schema.ts'

process.stdout.write(`${printSchema(lexicographicSortSchema(schema))}\n`)
