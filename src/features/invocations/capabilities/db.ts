import { DatabaseError } from 'pg'
import { z } from 'zod'
import { SlotsBusyError } from '../../../lib/fair-slots.ts'
import type { JsonValue } from '../../../lib/json.ts'
import { parsedJson } from '../../../lib/parsed-json.ts'
import { KiB } from '../../../lib/units.ts'
import { PluginAnswerTooLargeError, type PluginRows } from '../../../platform/plugin-database.ts'
import { CapabilityError } from '../../../runtime/capability-error.ts'
import { MAX_JSON_BYTES } from '../../../runtime/limits.ts'
import { parseInput, type CapabilitySource } from './asking.ts'

/** Characters of one question; what people write stays under 5,000. */
const MAX_SQL = 64 * KiB
/** What PostgreSQL takes at most in a message is 65,535. */
const MAX_PARAMS = 1_000
/** Characters of what PostgreSQL says, which may repeat a value of any length. */
const MAX_MESSAGE = 500

const QueryInput = z.object({
  sql: z
    .string()
    .max(MAX_SQL)
    .refine((sql) => !sql.includes('\0')),
  params: z.array(parsedJson).max(MAX_PARAMS).default([]),
})

/** `ctx.db`: questions in SQL about the organization's own rows. */
export const db: CapabilitySource = {
  permission: 'db:read',
  operations: ({ app, target }) => ({
    'db.query': async (input, signal) => {
      const usage = `db.query(sql, params) takes a text of at most ${MAX_SQL} characters and a list of at most ${MAX_PARAMS} values.`
      const { sql, params } = parseInput(QueryInput, input, usage)
      if (app.pluginDatabase === null) {
        throw new CapabilityError(
          'UNAVAILABLE',
          'The database of this Patchbay has no role for SQL of plugins.',
        )
      }
      try {
        const answer = await app.pluginDatabase.read(
          target.organizationId,
          (query) => query(sql, params.map(toParameter)),
          signal,
        )
        return sized(answer)
      } catch (error) {
        throw toldError(error)
      }
    },
  }),
}

/** A list or object is a parameter as JSON: what a list in JavaScript would be in SQL, nobody can tell. */
function toParameter(value: JsonValue): unknown {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : value
}

function sized({ rows, truncated }: PluginRows): JsonValue {
  const answer = { rows: rows as Record<string, JsonValue>[], truncated }
  if (Buffer.byteLength(textOf(answer)) > MAX_JSON_BYTES) throw tooLarge()
  return answer
}

function textOf(answer: JsonValue): string {
  try {
    return JSON.stringify(answer)
  } catch (error) {
    // JSON of PostgreSQL may be nested deeper than anybody here can walk.
    if (error instanceof RangeError) throw tooLarge()
    throw error
  }
}

function tooLarge(): CapabilityError {
  const message = 'The answer is larger than 1 MiB of JSON, or nested too deep: ask for less, or in pages.'
  return new CapabilityError('ANSWER_TOO_LARGE', message)
}

/** What the plugin is told. PostgreSQL's hints and details stay here: they name columns of tables that may not be read. */
function toldError(error: unknown): unknown {
  if (error instanceof PluginAnswerTooLargeError) return tooLarge()
  if (error instanceof SlotsBusyError) return new CapabilityError('BUSY', error.message)
  if (!(error instanceof DatabaseError)) return error
  const { code = '', message } = error
  if (code === '57014')
    return new CapabilityError('QUERY_TIMEOUT', 'The question took longer than 2 seconds.')
  if (code === '42501') {
    return new CapabilityError('QUERY_DENIED', 'SQL of plugins reads the documented views, and nothing else.')
  }
  if (code === OUT_OF_MEMORY || code === LIMIT_EXCEEDED) {
    const words = 'The question takes more memory or disk than SQL of plugins may: ask for less at once.'
    return new CapabilityError('QUERY_FAILED', `${words} (SQLSTATE ${code})`)
  }
  if (!OF_THE_QUESTION.test(code))
    return new CapabilityError('QUERY_FAILED', `PostgreSQL could not answer (SQLSTATE ${code}).`)
  return new CapabilityError('QUERY_FAILED', `${message.slice(0, MAX_MESSAGE)} (SQLSTATE ${code})`)
}

/** What each process of PostgreSQL may have is used up. */
const OUT_OF_MEMORY = '53200'
/** A limit of its configuration, such as that of temporary files. */
const LIMIT_EXCEEDED = '53400'

/**
 * Classes of SQLSTATE that are about the question itself: what is not supported, cardinality, data, cursors, transactions
 * (read only, for one), syntax and names, limits of a program.
 */
const OF_THE_QUESTION = /^(0A|21|22|24|25|34|42|54)/
