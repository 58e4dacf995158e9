import type { ClientBase } from 'pg'

/** For whom the database is to be prepared. */
export interface RoleNames {
  serving: string
  /** Null: SQL of plugins is off. */
  plugin: string | null
}

/**
 * What is still missing until the roles have what they need and nobody has more: statements for the role that owns the tables,
 * in their order. None where all is there, which costs one query over the catalogue.
 *
 * It looks at what is, not at what was done once: a dump that was restored without privileges, a table of a new version and a
 * grant that somebody added by hand come out alike.
 */
export async function missingStatements(owner: ClientBase, names: RoleNames): Promise<string[]> {
  const { rows } = await owner.query<{ statement: string }>(MISSING, [names.serving, names.plugin])
  return rows.map((row) => row.statement)
}

/**
 * What a plugin's SQL may read, by column: the views of `plugin_api` ask as whoever asks them, and their row-level security
 * compares the ids.
 */
const PLUGIN_COLUMNS = {
  organization: 'id slug name',
  site: 'id organization_id slug name host_version labels created_at',
  installation:
    'id organization_id site_id plugin_id package_id status in_force superseded_by_id installed_at activated_at deactivated_at uninstalled_at health_status error_count last_seen_at',
  plugin: 'id slug name description type author',
  package: 'id version',
}

const pluginColumns = Object.entries(PLUGIN_COLUMNS)
  .flatMap(([table, columns]) => columns.split(' ').map((column) => `('${table}', '${column}')`))
  .join(', ')

/**
 * Functions that everybody may call and whose effects a roll-back does not end: locks under our own keys, other sessions of the
 * same role, WAL, large objects. Only a superuser can take them from everybody.
 */
const DANGEROUS =
  "p.proname ~ '^(pg_(try_)?advisory_|lo_|loread$|lowrite$|pg_(terminate|cancel)_backend$|pg_notify$|pg_logical_emit_message$)'"

/**
 * $1 serves, $2 is the plugins' (or null). History is only ever added to by the role that serves; what migrations have done it
 * can only read. Where it is the owner after all, only the policies are looked at, since it has all privileges anyway.
 */
const MISSING = `
with role as (
  select $1::name as serving, $2::name as plugin
), relation as (
  select c.oid, n.nspname as schema, c.relname as name, c.relkind as kind, c.relowner as owner,
    c.relrowsecurity as secured, c.relforcerowsecurity as forced,
    not pg_has_role(role.serving, c.relowner, 'MEMBER') as lesser
  from role, pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname in ('public', 'graphile_worker') and c.relkind in ('r', 'p', 'v', 'S') and not c.relispartition
    and pg_has_role(c.relowner, 'USAGE')
    and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
), wanted as (
  select r.*, privilege from relation r cross join lateral unnest(case
    when r.kind = 'S' then array['USAGE']
    when r.name in ('audit_entry', 'audit_seal') then array['SELECT', 'INSERT']
    when r.name = 'audit_unsealed' then array['SELECT', 'INSERT', 'DELETE']
    when r.name in ('_prisma_migrations', 'migrations') or r.kind = 'v' then array['SELECT']
    else array['SELECT', 'INSERT', 'UPDATE', 'DELETE'] end) as privilege
  where r.lesser
), routine as (
  select p.oid, n.nspname as schema, p.oid::regprocedure as signature,
    not pg_has_role(role.serving, p.proowner, 'MEMBER') as lesser
  from role, pg_proc p join pg_namespace n on n.oid = p.pronamespace
  where (n.nspname in ('public', 'graphile_worker', 'plugin_guard') and pg_has_role(p.proowner, 'USAGE')
      and not exists (select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e'))
    or (n.nspname = 'pg_catalog' and ${DANGEROUS} and (select rolsuper from pg_roles where rolname = current_user))
), missing (step, statement) as (
  select 1, format('grant connect on database %I to %I', current_database(), name)
  from role cross join lateral unnest(array[serving, plugin]) as name
  where name is not null and not has_database_privilege(name, current_database(), 'CONNECT')
  union all
  select 1, format('revoke temporary on database %I from public', current_database())
  from pg_database where datname = current_database() and pg_has_role(datdba, 'USAGE')
    and has_database_privilege('public', current_database(), 'TEMPORARY')
  union all
  select 1, 'revoke create on schema public from public'
  from pg_namespace where nspname = 'public' and pg_has_role(nspowner, 'USAGE') and has_schema_privilege('public', 'public', 'CREATE')
  union all
  select 1, format('grant usage on schema %I to %I', nspname, serving)
  from role, pg_namespace
  where nspname in ('public', 'graphile_worker') and not has_schema_privilege(serving, nspname, 'USAGE')
  union all
  select 2, format('grant %s on %s %I.%I to %I', privilege, case kind when 'S' then 'sequence' else 'table' end, schema, name, serving)
  from role, wanted
  where not case kind when 'S' then has_sequence_privilege(serving, oid, privilege) else has_table_privilege(serving, oid, privilege) end
  union all
  select 2, format('revoke %s on %I.%I from %I', privilege, schema, name, serving)
  from role, relation cross join lateral unnest(array['UPDATE', 'DELETE', 'TRUNCATE']) as privilege
  where lesser and name in ('audit_entry', 'audit_seal') and has_table_privilege(serving, oid, privilege)
  union all
  select 3, format('revoke execute on function %s from public', signature)
  from routine where has_function_privilege('public', oid, 'EXECUTE')
  union all
  select 4, format('grant execute on function %s to %I', signature, serving)
  from role, routine where schema <> 'plugin_guard' and lesser
    and (has_function_privilege('public', oid, 'EXECUTE') or not has_function_privilege(serving, oid, 'EXECUTE'))
  union all
  select 5, format('create policy %I on %I.%I to %I using (true) with check (true)', 'all for ' || name.text, schema, relation.name, name.text)
  from role, relation cross join lateral (
    select serving as text union select rolname from pg_roles where oid = owner and forced
  ) as name
  where secured and not (select rolsuper or rolbypassrls from pg_roles where rolname = name.text)
    and (forced or lesser)
    and not exists (
      select from pg_policy p cross join lateral unnest(p.polroles) as whom
      where p.polrelid = relation.oid and p.polcmd = '*' and pg_get_expr(p.polqual, p.polrelid) = 'true'
        and whom <> 0 and pg_has_role(name.text, whom, 'USAGE'))
  union all
  select 6, format('grant usage on schema plugin_api to %I', plugin)
  from role where plugin is not null and not has_schema_privilege(plugin, 'plugin_api', 'USAGE')
  union all
  select 6, format('grant select on plugin_api.%I to %I', relname, plugin)
  from role, pg_class
  where plugin is not null and relnamespace = 'plugin_api'::regnamespace and relkind = 'v' and not has_table_privilege(plugin, oid, 'SELECT')
  union all
  select 6, format('grant select (%I) on public.%I to %I', col, tab, plugin)
  from role, (values ${pluginColumns}) as readable (tab, col)
  where plugin is not null and not has_column_privilege(plugin, format('public.%I', tab), col, 'SELECT')
  union all
  select 6, format('grant execute on function plugin_guard.organization() to %I', plugin)
  from role where plugin is not null and not has_function_privilege(plugin, 'plugin_guard.organization()', 'EXECUTE')
)
select statement from missing order by step, statement`
