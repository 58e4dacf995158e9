import { DatabaseError, type ClientBase } from 'pg'
import { missingRoleStatements, type MadeRole, type RolePurpose } from './made-roles.ts'
import { missingStatements, type RoleNames } from './role-statements.ts'
import { StartError } from './start-error.ts'

/** What there should be. */
export interface WantedRoles {
  names: RoleNames
  /** Roles to make. */
  made: { purpose: RolePurpose; role: MadeRole }[]
  superuser: boolean
  /** HMAC's two forms of the key of proofs. */
  pads: { inner: Buffer; outer: Buffer }
}

/** Makes the roles and gives them what they need, as far as it is missing; by the role that owns the tables. */
export async function completeRoles(owner: ClientBase, wanted: WantedRoles): Promise<void> {
  // Nearly always all is there, and nobody needs to wait for anybody.
  if (await isComplete(owner, wanted)) return
  for (let attempt = 1; ; attempt++) {
    try {
      await complete(owner, wanted)
      return
    } catch (error) {
      await owner.query('rollback')
      const lost = error instanceof DatabaseError && RACES.has(error.code ?? '')
      if (!lost || attempt >= MAX_TRIES) throw explained(error)
    }
  }
}

/** insufficient_privilege: a role of that name is somebody else's, or a table is. */
const DENIED = '42501'

function explained(error: unknown): unknown {
  if (!(error instanceof DatabaseError) || error.code !== DENIED) return error
  return new StartError(
    `The roles of the database cannot be prepared (${error.message}): give roles that are there by DATABASE_OWNER_URL, DATABASE_URL and DATABASE_PLUGIN_URL, as docs/operating.md tells.`,
    { cause: error },
  )
}

/** Databases of one cluster share the roles: what another one's start does at the same moment is tried anew. */
const MAX_TRIES = 5
/** duplicate_object, unique_violation, and `tuple concurrently updated`, which has no code of its own. */
const RACES = new Set(['42710', '23505', 'XX000'])

async function isComplete(owner: ClientBase, wanted: WantedRoles): Promise<boolean> {
  for (const { purpose, role } of wanted.made) {
    if ((await missingRoleStatements(owner, purpose, role, wanted.superuser)).length > 0) return false
  }
  const { rowCount } = await owner.query(
    'select from plugin_guard.proof_key where inner_key = $1 and outer_key = $2',
    [wanted.pads.inner, wanted.pads.outer],
  )
  return rowCount === 1 && (await missingStatements(owner, wanted.names)).length === 0
}

/** In one transaction; of several processes one does it, and the others find nothing missing. */
async function complete(owner: ClientBase, { names, made, superuser, pads }: WantedRoles): Promise<void> {
  await owner.query("begin; select pg_advisory_xact_lock(hashtext('patchbay roles'))")
  for (const { purpose, role } of made) {
    for (const sql of await missingRoleStatements(owner, purpose, role, superuser)) await owner.query(sql)
  }
  const statements = await missingStatements(owner, names)
  if (statements.length > 0) await owner.query(statements.join(';\n'))
  await owner.query(
    `insert into plugin_guard.proof_key (id, inner_key, outer_key) values (1, $1, $2)
     on conflict (id) do update set inner_key = excluded.inner_key, outer_key = excluded.outer_key`,
    [pads.inner, pads.outer],
  )
  await owner.query('commit')
}
