import { Client, DatabaseError, type ClientBase } from 'pg'
import { messageOf } from '../lib/errors.ts'
import { completeRoles, type WantedRoles } from './complete-roles.ts'
import { describeRole, type RoleFacts } from './describe-role.ts'
import type { Log } from './log.ts'
import { madeRole, passwordStatement, urlAs, type MadeRole, type RolePurpose } from './made-roles.ts'
import { hmacPads, proofKey } from './plugin-proof.ts'

/** The connections that are given, and the key from which the names and passwords of other roles follow. */
export interface RoleOptions {
  url: string
  ownerUrl: string
  /** Null: the service makes the role where it may. */
  pluginUrl: string | null
  masterKey: Uint8Array
  log: Log
}

/** By which roles the service works from here on. */
export interface DatabaseRoles {
  servingUrl: string
  /** Null: SQL of plugins is off. */
  pluginUrl: string | null
  /** A sentence for each, as `systemStatus` tells it. */
  readonly detail: readonly string[]
}

/**
 * Finds or makes the role that serves, which owns no table and can rewrite no history, and the one by which SQL of plugins
 * reads, and gives both what they need. Where this database does not let it, the service runs all the same, and says what is
 * off. The migrations have run. Where all is there, it costs about as much as five connections (25 ms on a busy machine of two
 * cores, of which one bare connection takes 5).
 */
export async function prepareRoles(options: RoleOptions): Promise<DatabaseRoles> {
  const owner = new Client({ connectionString: options.ownerUrl, application_name: 'patchbay roles' })
  // A connection that breaks is told by the next query on it.
  owner.on('error', () => undefined)
  await owner.connect()
  try {
    const owning = await describeRole(owner)
    const [serving, plugin] = await Promise.all([
      chosenServing(options, owning),
      chosenPlugin(options, owning),
    ])
    const there = await thereAlready(owner, [serving.name, plugin.name])
    const tries = [serving, plugin].map((choice) => tryLogin(choice, there))
    if (owning.owner) await completeRoles(owner, wantedOf(options.masterKey, owning, serving, plugin))
    const served = await admitted(owner, owning.owner, serving, tries[0]!)
    const read = await admitted(owner, owning.owner, plugin, tries[1]!)
    return tell(options, owning, served, read)
  } finally {
    await owner.end()
  }
}

/** A role that may be used: given, or to be made. */
interface Choice {
  purpose: RolePurpose
  name: string
  /** Null: it is not to be used, for the reason that `fault` tells. */
  url: string | null
  /** Null: it was given. */
  made: MadeRole | null
  fault: string | null
}

async function chosenServing(options: RoleOptions, owning: RoleFacts): Promise<Choice> {
  const { url, ownerUrl, masterKey } = options
  const given = { purpose: 'serving', url, made: null } as const
  if (url !== ownerUrl) {
    const facts = await factsOf(url)
    return { ...given, name: facts.name, fault: facts.toServe }
  }
  if (!owning.owner) return { ...given, name: owning.name, fault: owning.toServe }
  if (!owning.mayCreate) {
    const fault = `${owning.toServe ?? 'it is the owner'}, and it may make no other (CREATEROLE)`
    return { ...given, name: owning.name, fault }
  }
  const role = madeRole(masterKey, 'serving')
  const made = urlAs(url, role)
  if (made === null)
    return { ...given, name: owning.name, fault: 'DATABASE_URL has no room for another role' }
  return { ...given, name: role.name, url: made, made: role, fault: null }
}

async function chosenPlugin(options: RoleOptions, owning: RoleFacts): Promise<Choice> {
  const { url, pluginUrl, masterKey } = options
  if (pluginUrl !== null) {
    const facts = await factsOf(pluginUrl)
    const fault = facts.toRead
    return { purpose: 'plugin', name: facts.name, url: fault === null ? pluginUrl : null, made: null, fault }
  }
  const role = madeRole(masterKey, 'plugin')
  const made = { purpose: 'plugin', name: role.name, made: role } as const
  // Who may not make it can use the one that another process has made.
  if (owning.owner && !owning.mayCreate) {
    return { ...made, url: null, fault: `${owning.name} may not make a role for it (CREATEROLE)` }
  }
  const its = urlAs(url, role)
  return { ...made, url: its, fault: its === null ? 'DATABASE_URL has no room for another role' : null }
}

async function factsOf(url: string): Promise<RoleFacts> {
  const client = new Client({ connectionString: url, application_name: 'patchbay roles' })
  client.on('error', () => undefined)
  await client.connect()
  try {
    return await describeRole(client)
  } finally {
    await client.end()
  }
}

function wantedOf(masterKey: Uint8Array, owning: RoleFacts, serving: Choice, plugin: Choice): WantedRoles {
  return {
    names: { serving: serving.name, plugin: plugin.url === null ? null : plugin.name },
    made: [serving, plugin].flatMap(({ purpose, made, url }) =>
      made === null || url === null ? [] : [{ purpose, role: made }],
    ),
    superuser: owning.superuser,
    pads: hmacPads(proofKey(masterKey)),
  }
}

/** `invalid_password`: somebody has given it another one. */
const INVALID_PASSWORD = '28P01'

/** A made role has to be let in as well: by pg_hba.conf, and by a pooler, which knows only its own list. */
async function admitted(
  owner: ClientBase,
  mayAlter: boolean,
  choice: Choice,
  tried: Promise<unknown>,
): Promise<Choice> {
  const { made, url, name } = choice
  if (made === null || url === null) return choice
  let reason = await tried
  // It was not there yet.
  if (reason !== null && mayAlter) reason = await whyRefused(url, name)
  if (reason instanceof DatabaseError && reason.code === INVALID_PASSWORD && mayAlter) {
    await owner.query(passwordStatement(made))
    reason = await whyRefused(url, name)
  }
  if (reason === null) return choice
  return { ...choice, url: null, fault: `${name} is not let in (${messageOf(reason)})` }
}

/** Tried while the rest is looked at, since coming in takes longer than anything else here. */
async function tryLogin({ made, url, name }: Choice, there: ReadonlySet<string>): Promise<unknown> {
  if (made === null || url === null) return null
  return there.has(name) ? await whyRefused(url, name) : new Error('there is no such role')
}

async function thereAlready(owner: ClientBase, names: string[]): Promise<ReadonlySet<string>> {
  const { rows } = await owner.query<{ name: string }>(
    'select rolname as name from pg_roles where rolname = any($1::name[])',
    [names],
  )
  return new Set(rows.map((row) => row.name))
}

/** Null where one comes in by that address, and as that role. */
async function whyRefused(url: string, name: string): Promise<unknown> {
  try {
    const facts = await factsOf(url)
    return facts.name === name ? null : new Error(`one comes in as ${facts.name}`)
  } catch (error) {
    return error
  }
}

/** What is not as it should be is told in the log once, and in `systemStatus` as long as it lasts. */
function tell(options: RoleOptions, owning: RoleFacts, serving: Choice, plugin: Choice): DatabaseRoles {
  const { url, ownerUrl, log } = options
  const servingUrl = serving.url ?? url
  const name = serving.url === null && url === ownerUrl ? owning.name : serving.name
  const serves =
    serving.fault === null
      ? `Served by the role ${name}, which owns nothing.`
      : `Served by the role ${name}, which may do more than it should: ${serving.fault}.`
  const reads =
    plugin.url === null
      ? `SQL of plugins is off: ${plugin.fault}.`
      : `SQL of plugins is read by the role ${plugin.name}.`
  if (serving.fault !== null)
    log.warn({ role: name, reason: serving.fault }, 'the role that serves may do more than it should')
  if (plugin.url === null) log.warn({ reason: plugin.fault }, 'SQL of plugins is off')
  return { servingUrl, pluginUrl: plugin.url, detail: [serves, reads] }
}
