import type { App } from '../../app.ts'
import type { Actor } from '../../auth/actor.ts'
import { decodeGlobalId } from '../global-id.ts'

/** What an input is about, as far as the actor may know it. */
export interface Concerned {
  /** In whose log it is told; null: the platform's. */
  organizationId: string | null
  subjectId: string | null
  pluginId: string | null
}

/** The more particular an object is, the rather it is what a mutation is about. */
const BY_RANK = [
  'License',
  'Installation',
  'Deployment',
  'Package',
  'PublisherKey',
  'Registry',
  'ApiKey',
  'User',
  'Plugin',
  'Site',
  'Organization',
]

/** Whose an object is, and which plugin it concerns. */
const OWNERS: Readonly<Record<string, string>> = {
  Organization: 'select id as organization_id, null::uuid as plugin_id from organization where id = $1',
  Site: 'select organization_id, null::uuid as plugin_id from site where id = $1',
  Registry: 'select organization_id, null::uuid as plugin_id from registry where id = $1',
  PublisherKey: 'select organization_id, null::uuid as plugin_id from publisher_key where id = $1',
  Deployment: 'select organization_id, null::uuid as plugin_id from deployment where id = $1',
  Installation: 'select organization_id, plugin_id from installation where id = $1',
  License: 'select organization_id, plugin_id from license where id = $1',
  Package: `select registry.organization_id, package.plugin_id from package
    join registry on registry.id = package.registry_id where package.id = $1`,
}

/** Ids of one input that are looked up: those of all mutations have fewer at their top. */
const MAX_LOOKED_UP = 6

/**
 * What a mutation was about, from the ids that its input names. It may be refused because they are a stranger's: nothing is
 * taken from an object of an organization in which the actor has no role, so that nobody writes into a foreign log or learns
 * from his own whose an object is. Then it is told to the actor's only organization, or to the platform.
 */
export async function concernedBy(app: App, actor: Actor, input: object): Promise<Concerned> {
  const named = idsIn(input).slice(0, MAX_LOOKED_UP)
  const ranked = named.toSorted((a, b) => rankOf(a.typename) - rankOf(b.typename))
  const subjectId = ranked[0]?.id ?? null
  const given = ranked.find(({ typename }) => typename === 'Plugin')?.id ?? null
  for (const { typename, id } of ranked) {
    const statement = OWNERS[typename]
    if (statement === undefined) continue
    const { rows } = await app.database.pool.query<OwnerRow>({
      name: `patchbay_owner_${typename}`,
      text: statement,
      values: [id],
    })
    const owner = rows[0]
    if (owner === undefined || owner.organization_id === null) continue
    if (!belongsTo(actor, owner.organization_id)) continue
    return { organizationId: owner.organization_id, subjectId, pluginId: owner.plugin_id ?? given }
  }
  return { organizationId: homeOf(actor), subjectId, pluginId: given }
}

/** The text by which an input named an object, at its top; null where it did not. */
export function namedAs(input: unknown, id: string): string | null {
  if (typeof input !== 'object' || input === null) return null
  return idsIn(input).find((named) => named.id === id)?.globalId ?? null
}

interface OwnerRow {
  organization_id: string | null
  plugin_id: string | null
}

interface Named {
  typename: string
  id: string
  globalId: string
}

/** Global ids in an input's own fields, and in the first of those that are lists. */
function idsIn(input: object): Named[] {
  return Object.entries(input).flatMap(([key, value]): Named[] => {
    const first: unknown = Array.isArray(value) ? value[0] : value
    if (Array.isArray(value) && typeof first === 'object' && first !== null) return idsIn(first)
    if (!/Ids?$/.test(key) || typeof first !== 'string') return []
    const named = decoded(first)
    return named === null ? [] : [named]
  })
}

function decoded(globalId: string): Named | null {
  // An id has about 70 characters; a longer text is none, and is not worth decoding.
  if (globalId.length > 200 || !/^[A-Za-z]+:/.test(Buffer.from(globalId, 'base64').toString('utf8')))
    return null
  try {
    return { ...decodeGlobalId(globalId), globalId }
  } catch {
    // What is no id of ours names nothing; the mutation itself tells the caller so.
    return null
  }
}

function rankOf(typename: string): number {
  const rank = BY_RANK.indexOf(typename)
  return rank === -1 ? BY_RANK.length : rank
}

function belongsTo(actor: Actor, organizationId: string): boolean {
  return actor.grants.some(
    (grant) => grant.organizationId === null || grant.organizationId === organizationId,
  )
}

/** The only organization in which the actor has a role; null where he has several, or one on the platform. */
function homeOf(actor: Actor): string | null {
  const organizations = new Set(actor.grants.map((grant) => grant.organizationId))
  const [only] = organizations
  return organizations.size === 1 && only !== undefined ? only : null
}
