import type { ClientBase } from 'pg'

/** What a connection's role may do that bears on what it is good for. */
export interface RoleFacts {
  name: string
  superuser: boolean
  /** It owns the tables, or may act as who does. */
  owner: boolean
  mayCreate: boolean
  /** Why it should not serve; null where it may. */
  toServe: string | null
  /** Why it must not run SQL of plugins; null where it may. */
  toRead: string | null
}

/** Asks the database about the role of a connection. */
export async function describeRole(client: ClientBase): Promise<RoleFacts> {
  const { rows } = await client.query<Attributes>(
    `select r.rolname as name, rolsuper as superuser, rolbypassrls as bypassrls, rolcreaterole as createrole,
       rolcreatedb as createdb, rolreplication as replication,
       exists (select from pg_auth_members m where m.member = r.oid) as member,
       coalesce((select pg_has_role(r.oid, c.relowner, 'MEMBER') from pg_class c
         where c.oid = to_regclass('public.installation')), false) as owner
     from pg_roles r where r.rolname = session_user`,
  )
  const role = rows[0]!
  const serving = [
    role.superuser && 'it is a superuser',
    !role.superuser && role.owner && 'it owns the tables',
    !role.superuser && role.bypassrls && 'it bypasses row-level security',
    !role.superuser && role.createrole && 'it may create roles',
  ]
  const reading = [
    ...serving,
    !role.superuser && role.createdb && 'it may create databases',
    !role.superuser && role.replication && 'it may replicate',
    role.member && 'it is a member of another role',
  ]
  return {
    name: role.name,
    superuser: role.superuser,
    owner: role.owner,
    mayCreate: role.superuser || role.createrole,
    toServe: listed(serving),
    toRead: listed(reading),
  }
}

interface Attributes {
  name: string
  superuser: boolean
  bypassrls: boolean
  createrole: boolean
  createdb: boolean
  replication: boolean
  member: boolean
  owner: boolean
}

function listed(faults: readonly (string | false)[]): string | null {
  const told = faults.filter((fault) => fault !== false)
  return told.length === 0 ? null : told.join(', ')
}
