import { randomBytes } from 'node:crypto'
import { rename } from 'node:fs/promises'
import path from 'node:path'
import { KEY_BYTES, keyFingerprint } from './crypto.ts'
import { readOrCreateSecretFile, readSecretFile } from './data-directory.ts'
import { MasterKeys } from './master-keys.ts'

/**
 * The master key in the data directory (`secrets.key`), made where there is none. While it is changed the next one lies
 * beside it (`secrets.key.next`), and the process knows both, also where it was killed amid that.
 */
export async function ownMasterKeys(directory: string): Promise<MasterKeys> {
  const file = path.join(directory, 'secrets.key')
  const nextFile = `${file}.next`
  const make = (): string => randomBytes(KEY_BYTES).toString('base64')
  const key = Buffer.from(await readOrCreateSecretFile(file, make), 'base64')
  const next = await readSecretFile(nextFile)
  return new MasterKeys(key, next === null ? [] : [Buffer.from(next, 'base64')], {
    draw: async () => Buffer.from(await readOrCreateSecretFile(nextFile, make), 'base64'),
    keep: async (inForce) => {
      const drawn = await readSecretFile(nextFile)
      if (drawn !== null && keyFingerprint(Buffer.from(drawn, 'base64')) === inForce)
        await rename(nextFile, file)
    },
  })
}
