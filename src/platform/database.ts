import { PrismaPg } from '@prisma/adapter-pg'
import { Pool } from 'pg'
import { Prisma, PrismaClient } from '../generated/prisma/client.ts'
import { messageOf } from '../lib/errors.ts'
import { minutes } from '../lib/units.ts'

/** The tables, inside a transaction. */
export type Tx = Prisma.TransactionClient

/** Told of each statement that Prisma sends; for tests that hold what the SQL is. */
export type QueryObserver = (sql: string, params: string) => void

/** One PostgreSQL database: Prisma for state, a plain pool for what Prisma has no words for. */
export interface Database {
  readonly url: string
  readonly prisma: PrismaClient
  readonly pool: Pool
  close(): Promise<void>
}

export interface DatabaseOptions {
  url: string
  /** Connections that Prisma may hold. */
  prismaConnections?: number
  /** Connections of the plain pool, which the queue's workers share. */
  poolConnections?: number
  onQuery?: QueryObserver
  /** Told of a connection that broke while idle; the pool replaces it by itself. */
  onIdleError?: (error: Error) => void
}

/**
 * Milliseconds that a connection is kept for the next who needs one. A new one costs 20 ms of both sides, and each statement that is
 * prepared on it costs anew: what comes after a pause of seconds, or a few requests at once, would wait for that.
 */
const KEPT_IDLE_MS = minutes(5)

/** Opens both pools; no connection is made before the first query. */
export function openDatabase(options: DatabaseOptions): Database {
  const { url, onQuery, onIdleError = () => undefined } = options
  const kept = { connectionString: url, application_name: 'patchbay', idleTimeoutMillis: KEPT_IDLE_MS }
  const adapter = new PrismaPg(
    { ...kept, max: options.prismaConnections ?? 10 },
    { onPoolError: onIdleError, onConnectionError: onIdleError, statementNameGenerator },
  )
  // Let go of when it is closed: Prisma would connect anew for whoever asks still, and holds 20 MB.
  let prisma: PrismaClient | undefined = openPrisma(adapter, onQuery)
  const pool = new Pool({
    ...kept,
    max: options.poolConnections ?? 10,
  })
  pool.on('error', onIdleError)
  // A client that is checked out tells its errors to nobody else.
  pool.on('connect', (client) => void client.on('error', onIdleError))
  return {
    url,
    get prisma() {
      if (!prisma) throw new Error('The database is closed.')
      return prisma
    },
    pool,
    async close() {
      await prisma?.$disconnect()
      prisma = undefined
      await pool.end()
    },
  }
}

function openPrisma(adapter: PrismaPg, onQuery: QueryObserver | undefined): PrismaClient {
  const prisma = new PrismaClient({ adapter, log: onQuery ? [{ emit: 'event', level: 'query' }] : [] })
  if (onQuery) prisma.$on('query', (event) => onQuery(event.query, event.params))
  return prisma
}

/** A transaction that lost against another is begun anew this often in all; each try waits longer, by chance. */
const MAX_TRIES = 4

/**
 * Runs `work` in one transaction, anew where it lost a deadlock or serialization race. `work` may run several
 * times, so it touches nothing but the database. What it throws rolls everything back.
 */
export async function inTransaction<T>(prisma: PrismaClient, work: (tx: Tx) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await prisma.$transaction(work, { maxWait: 10_000, timeout: 20_000 })
    } catch (error) {
      if (attempt >= MAX_TRIES || !lostRace(error)) throw error
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 20 * 2 ** attempt))
    }
  }
}

/** Whether PostgreSQL ended the transaction for a deadlock (40P01) or serialization failure (40001). */
function lostRace(error: unknown): boolean {
  if (error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2034') return true
  return /\b(40P01|40001)\b|deadlock detected|could not serialize access/.test(messageOf(error))
}

/** Whether a write broke a unique index; `index` names a column or index that the message must mention. */
export function isUniqueViolation(error: unknown, index?: string): boolean {
  if (!(error instanceof Prisma.PrismaClientKnownRequestError)) return false
  if (error.code !== 'P2002') return false
  return index === undefined || JSON.stringify(error.meta ?? {}).includes(index)
}

/** Statement texts that get a name, so that PostgreSQL keeps their plan; past it they stay unnamed. */
const MAX_NAMED_STATEMENTS = 500
/** What PostgreSQL's protocol calls a statement that is parsed, run and forgotten. */
const UNNAMED = ''
const names = new Map<string, string>()

/** adapter-pg sends unnamed statements unless it is given a name for each text. */
function statementNameGenerator(query: { sql: string }): string {
  const known = names.get(query.sql)
  if (known !== undefined) return known
  if (names.size >= MAX_NAMED_STATEMENTS) return UNNAMED
  const name = `patchbay_${names.size}`
  names.set(query.sql, name)
  return name
}
