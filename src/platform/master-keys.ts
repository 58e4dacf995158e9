import { keyFingerprint, open } from './crypto.ts'
import type { Tx } from './database.ts'

/** Where the service itself draws and keeps its master key, in a file. */
export interface KeyRenewal {
  /** The next key, kept beside the one in force; the same again until it is in force. */
  draw: () => Promise<Uint8Array>
  /** From now on that one alone, where it is the one of this name. */
  keep: (inForce: string) => Promise<void>
}

/** The master keys that this process knows: the one that configuration names, and while they are changed another one. */
export class MasterKeys {
  /** Name of the one that configuration names, which a rotation brings into force. */
  readonly wanted: string
  /** Null: keys are the operator's to draw. */
  readonly renewal: KeyRenewal | null
  #keys = new Map<string, Uint8Array>()

  constructor(wanted: Uint8Array, others: readonly Uint8Array[] = [], renewal: KeyRenewal | null = null) {
    this.wanted = this.add(wanted)
    for (const key of others) this.add(key)
    this.renewal = renewal
  }

  /** Returns its name. */
  add(key: Uint8Array): string {
    const id = keyFingerprint(key)
    this.#keys.set(id, key)
    return id
  }

  get ids(): string[] {
    return [...this.#keys.keys()]
  }

  get(id: string): Uint8Array | undefined {
    return this.#keys.get(id)
  }

  /** What was sealed under any of them; throws where it was sealed under none, or for another place. */
  open(sealed: Uint8Array, context: string): Uint8Array {
    const keys = [...this.#keys.values()]
    for (const key of keys.slice(0, -1)) {
      const plain = tryOpen(key, sealed, context)
      if (plain !== null) return plain
    }
    return open(keys.at(-1)!, sealed, context)
  }
}

/** Null where it was not sealed under this key, for this place. */
export function tryOpen(key: Uint8Array, sealed: Uint8Array, context: string): Uint8Array | null {
  try {
    return open(key, sealed, context)
  } catch {
    // Node tells a wrong tag by a plain Error.
    return null
  }
}

/** Setting that names the master key in force; that names the one before, until nothing is sealed under it any more. */
export const IN_FORCE = 'masterKey'
export const RETIRING = 'masterKeyRetiring'

/**
 * The master key in force, for sealing in this transaction: it stays in force until the commit, for which a rotation waits,
 * so that nothing is sealed under a key behind its back.
 */
export async function masterKeyInForce(tx: Tx, keys: MasterKeys): Promise<{ id: string; key: Uint8Array }> {
  const [row] = await tx.$queryRaw<{ id: string }[]>`
    select value #>> '{}' as id from service_setting where name = ${IN_FORCE} for share`
  const key = row === undefined ? undefined : keys.get(row.id)
  if (row === undefined || key === undefined)
    throw new Error('This process does not know the master key in force.')
  return { id: row.id, key }
}

/** Name of the master key in force. */
export async function nameOfKeyInForce({ serviceSetting }: Pick<Tx, 'serviceSetting'>): Promise<string> {
  const { value } = await serviceSetting.findUniqueOrThrow({ where: { name: IN_FORCE } })
  if (typeof value !== 'string') throw new Error('The setting that names the master key holds no name.')
  return value
}

/** Ends at start what a rotation left open that was killed between its last commit and its file. */
export async function keepRenewedKey(tx: Pick<Tx, 'serviceSetting'>, { renewal }: MasterKeys): Promise<void> {
  if (renewal === null || (await tx.serviceSetting.count({ where: { name: RETIRING } })) > 0) return
  await renewal.keep(await nameOfKeyInForce(tx))
}
