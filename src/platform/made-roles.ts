import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto'
import type { ClientBase } from 'pg'

/** What a role is for; the word stands in its name. */
export type RolePurpose = 'serving' | 'plugin'

/** A login role that the service makes for itself. */
export interface MadeRole {
  name: string
  password: string
}

/**
 * Name and password follow from the master key, so that all processes agree on them without a word, and whoever knows the one
 * does not know the other. Databases of one cluster with the same key share the role.
 */
export function madeRole(masterKey: Uint8Array, purpose: RolePurpose): MadeRole {
  const derive = (what: string): Buffer =>
    createHmac('sha256', masterKey).update(`patchbay database role ${what}\0${purpose}`).digest()
  return {
    name: `patchbay_${purpose}_${derive('name').toString('hex').slice(0, 12)}`,
    password: derive('password').toString('base64url'),
  }
}

/** The address with that role instead of its own; null where it carries none (a socket's folder has no room for one). */
export function urlAs(url: string, role: MadeRole): string | null {
  const changed = new URL(url)
  changed.username = role.name
  changed.password = role.password
  changed.searchParams.delete('user')
  changed.searchParams.delete('password')
  return changed.username === role.name ? changed.href : null
}

/** Limits of what a plugin's SQL may take. It can raise them: the host's own deadline is the one that holds. */
const PLUGIN_SETTINGS = {
  statement_timeout: '5s',
  lock_timeout: '1s',
  idle_in_transaction_session_timeout: '15s',
  default_transaction_read_only: 'on',
  search_path: 'plugin_api',
}

/**
 * Sessions of one role read each other's statements in pg_stat_activity; a sort of millions of rows writes 200 MB a second. Only a
 * superuser may set these.
 */
const SUPERUSER_SETTINGS = { track_activities: 'off', temp_file_limit: '128MB' }

/** Statements that make the role, or set right what differs; none where all is there. */
export async function missingRoleStatements(
  owner: ClientBase,
  purpose: RolePurpose,
  role: MadeRole,
  superuser: boolean,
): Promise<string[]> {
  const { rows } = await owner.query<{ plain: boolean; settings: string[] | null }>(
    `select rolcanlogin and not (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication) as plain,
       (select setconfig from pg_db_role_setting where setrole = r.oid and setdatabase = 0) as settings
     from pg_roles r where rolname = $1`,
    [role.name],
  )
  const name = `"${role.name}"`
  const there = rows[0]
  const statements: string[] = []
  if (there === undefined) {
    // The password itself would stand in the log of a PostgreSQL that logs its DDL.
    statements.push(`create role ${name} login password '${scramVerifier(role.password)}'`)
  } else if (!there.plain) {
    statements.push(`alter role ${name} login nosuperuser nobypassrls nocreaterole nocreatedb noreplication`)
  }
  if (purpose === 'serving') return statements
  const wanted = Object.entries({ ...PLUGIN_SETTINGS, ...(superuser ? SUPERUSER_SETTINGS : {}) })
  for (const [setting, value] of wanted) {
    if (there?.settings?.includes(`${setting}=${value}`)) continue
    statements.push(`alter role ${name} set ${setting} = '${value}'`)
  }
  return statements
}

/** The statement that gives a role that is there its password again. */
export function passwordStatement(role: MadeRole): string {
  return `alter role "${role.name}" password '${scramVerifier(role.password)}'`
}

/** RFC 5802; the rounds are PostgreSQL's own, enough for a password of 256 bits. */
const SCRAM_ROUNDS = 4096

/** What PostgreSQL keeps of a password, in its own notation. */
function scramVerifier(password: string): string {
  const salt = randomBytes(16)
  const salted = pbkdf2Sync(password, salt, SCRAM_ROUNDS, 32, 'sha256')
  const hmac = (text: string): Buffer => createHmac('sha256', salted).update(text).digest()
  const storedKey = createHash('sha256').update(hmac('Client Key')).digest('base64')
  return `SCRAM-SHA-256$${SCRAM_ROUNDS}:${salt.toString('base64')}$${storedKey}:${hmac('Server Key').toString('base64')}`
}
