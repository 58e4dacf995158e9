import { Client } from 'pg'
import { seal } from './crypto.ts'
import { IN_FORCE, RETIRING, type MasterKeys } from './master-keys.ts'
import { StartError } from './start-error.ts'

/** Setting that holds the derivation key, sealed under the master key in force. */
export const DERIVATION_KEY = 'derivationKey'
export const DERIVATION_CONTEXT = 'derivation-key\0'

/**
 * Holds the master keys of this process against those of its database, and gives the key from which the service derives
 * what all its processes must agree on (roles, proofs, hashes of inputs): the database's first master key. It is kept
 * sealed and outlives rotations, so that nothing of that changes under processes that run.
 *
 * @throws {StartError} where something in the database is sealed under a key that is not given
 */
export async function agreeOnKeys(url: string, keys: MasterKeys): Promise<Uint8Array> {
  const client = new Client({ connectionString: url, application_name: 'patchbay keys' })
  client.on('error', () => undefined)
  await client.connect()
  try {
    await client.query(INSERT, [IN_FORCE, keys.wanted])
    const settings = await readSettings(client)
    requireKnown(settings, keys)
    const inForce = keys.get(settings.get(IN_FORCE)!)!
    const sealed = Buffer.from(seal(inForce, inForce, DERIVATION_CONTEXT)).toString('base64')
    await client.query(INSERT, [DERIVATION_KEY, sealed])
    const stored = (await readSettings(client)).get(DERIVATION_KEY)!
    return keys.open(Buffer.from(stored, 'base64'), DERIVATION_CONTEXT)
  } finally {
    await client.end()
  }
}

const INSERT =
  'insert into service_setting (name, value) values ($1, to_jsonb($2::text)) on conflict (name) do nothing'

async function readSettings(client: Client): Promise<Map<string, string>> {
  const { rows } = await client.query<{ name: string; value: string }>(
    "select name, value #>> '{}' as value from service_setting where name = any($1)",
    [[IN_FORCE, RETIRING, DERIVATION_KEY]],
  )
  return new Map(rows.map(({ name, value }) => [name, value]))
}

function requireKnown(settings: ReadonlyMap<string, string>, keys: MasterKeys): void {
  const inForce = settings.get(IN_FORCE)!
  if (keys.get(inForce) === undefined) {
    throw new StartError(
      `PATCHBAY_SECRETS_KEY is not the key with which this database's secrets are encrypted ("${inForce}"): give that one, or where it is to be changed give it as PATCHBAY_SECRETS_KEY_PREVIOUS.`,
    )
  }
  const retiring = settings.get(RETIRING)
  if (retiring !== undefined && keys.get(retiring) === undefined) {
    throw new StartError(
      `The change of PATCHBAY_SECRETS_KEY was not finished: give the key before ("${retiring}") as PATCHBAY_SECRETS_KEY_PREVIOUS, and run "patchbay secrets rotate" once more.`,
    )
  }
}
