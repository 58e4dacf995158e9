import type { Client } from 'pg'

const ORGANIZATIONS = 500
const MEMBERS = 10
const SITES = 2

/** 500 organizations beside the one that is asked for: ten members each, two sites, and twenty installations at each. */
export async function seedTenants(sql: Client): Promise<void> {
  await sql.query(
    `insert into organization (id, slug, name, created_at)
     select gen_random_uuid(), 'tenant-' || n, 'Tenant ' || n, now() from generate_series(1, $1) n`,
    [ORGANIZATIONS],
  )
  await sql.query(
    `with drawn as (
       select gen_random_uuid() as id, o.id as organization_id
       from organization o, generate_series(1, $1) where o.slug like 'tenant-%'
     ), principals as (
       insert into principal (id, kind, created_at) select id, 'API_KEY', now() from drawn
     ), keys as (
       insert into api_key (id, name, prefix, hash, created_at)
       select id, 'viewer', 'pb', sha256(id::text::bytea), now() from drawn
     )
     insert into membership (id, principal_id, organization_id, role)
     select gen_random_uuid(), id, organization_id, 'VIEWER' from drawn`,
    [MEMBERS],
  )
  await sql.query(
    `insert into site (id, organization_id, slug, name, host_version, created_at)
     select gen_random_uuid(), o.id, 'site-' || n, 'Site ' || n, '2.0.0', now()
     from organization o, generate_series(1, $1) n where o.slug like 'tenant-%'`,
    [SITES],
  )
  await sql.query(
    `insert into installation (id, organization_id, site_id, plugin_id, package_id, status, installed_at, activated_at)
     select gen_random_uuid(), s.organization_id, s.id, k.plugin_id, k.id, 'ACTIVE', now(), now()
     from site s join organization o on o.id = s.organization_id, package k where o.slug like 'tenant-%'`,
  )
  await sql.query('vacuum analyze')
}
