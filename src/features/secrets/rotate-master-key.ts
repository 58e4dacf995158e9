import { change, type App } from '../../app.ts'
import { by, type Actor } from '../../auth/actor.ts'
import { requireOnPlatform } from '../../auth/authorize.ts'
import { record } from '../../events/record.ts'
import { UserError } from '../../lib/errors.ts'
import { DERIVATION_CONTEXT, DERIVATION_KEY } from '../../platform/agree-on-keys.ts'
import { seal } from '../../platform/crypto.ts'
import { IN_FORCE, keepRenewedKey, nameOfKeyInForce, RETIRING } from '../../platform/master-keys.ts'
import { DATA_KEYS, LICENSE_KEYS, SIGNING_KEYS } from '../../platform/sealed-columns.ts'
import { countWithoutKey } from '../../platform/service-process.ts'
import { rewrapColumn } from './rewrap-column.ts'

/** What a rotation came to. */
export interface Rotated {
  /** Name of the master key that is in force now. */
  keyId: string
  /** Values that this call sealed anew. */
  rewrapped: number
}

/**
 * Brings a new master key into force, and seals anew under it what was sealed under the one before. The service runs on: each
 * process knows both keys meanwhile, and each value opens under either. Killed anywhere, it is begun again by the same call,
 * which goes on where it was. Needs an administrator of the platform.
 */
export async function rotateMasterKey(app: App, actor: Actor): Promise<Rotated> {
  requireOnPlatform(actor, 'tenancy:manage')
  const target = await nextKey(app)
  await bringIntoForce(app, actor, target)
  let rewrapped = 0
  for (const column of [DATA_KEYS, SIGNING_KEYS, LICENSE_KEYS]) {
    rewrapped += await rewrapColumn(app, column, target)
  }
  await finish(app, actor, { keyId: target, rewrapped })
  return { keyId: target, rewrapped }
}

/** Name of the key that is to be in force. */
async function nextKey({ masterKeys, database }: App): Promise<string> {
  const { renewal, wanted } = masterKeys
  if (renewal !== null) {
    await keepRenewedKey(database.prisma, masterKeys)
    return masterKeys.add(await renewal.draw())
  }
  if (masterKeys.ids.length > 1) return wanted
  throw new UserError(
    'INVALID_STATE',
    'There is no new key: first start every process with the new one as PATCHBAY_SECRETS_KEY and the present one as PATCHBAY_SECRETS_KEY_PREVIOUS.',
  )
}

/** From its commit on everything new is sealed under it; whoever seals just now is waited for. */
async function bringIntoForce(app: App, actor: Actor, target: string): Promise<void> {
  await change(app, async (tx) => {
    await tx.$queryRaw`select 1 as held from service_setting where name = ${IN_FORCE} for update`
    const before = await nameOfKeyInForce(tx)
    if (before === target) return
    const others = await countWithoutKey(app.database.pool, target)
    if (others > 0 && app.masterKeys.renewal === null) {
      throw new UserError(
        'INVALID_STATE',
        `${others === 1 ? 'One process does' : `${others} processes do`} not know the new key: first start every process with PATCHBAY_SECRETS_KEY and PATCHBAY_SECRETS_KEY_PREVIOUS.`,
      )
    }
    const retiring = await tx.serviceSetting.count({ where: { name: RETIRING } })
    if (retiring > 0) {
      throw new UserError(
        'INVALID_STATE',
        'Another change of the key is not finished: finish that one first.',
      )
    }
    await tx.serviceSetting.create({ data: { name: RETIRING, value: before }, select: { name: true } })
    await tx.serviceSetting.update({
      where: { name: IN_FORCE },
      data: { value: target },
      select: { name: true },
    })
    const derivationKey = seal(app.masterKeys.get(target)!, app.derivationKey, DERIVATION_CONTEXT)
    await tx.serviceSetting.update({
      where: { name: DERIVATION_KEY },
      data: { value: Buffer.from(derivationKey).toString('base64') },
      select: { name: true },
    })
    await record(
      tx,
      'secret.key_rotation_started',
      { from: before, to: target },
      {
        ...by(actor),
        at: app.clock.now(),
      },
    )
  })
}

/** Nothing is sealed under the key before any more: it may be forgotten. */
async function finish(app: App, actor: Actor, { keyId, rewrapped }: Rotated): Promise<void> {
  const isOver = await change(app, async (tx) => {
    const { count } = await tx.serviceSetting.deleteMany({ where: { name: RETIRING } })
    if (count === 0) return false
    await record(tx, 'secret.key_rotated', { to: keyId, rewrapped }, { ...by(actor), at: app.clock.now() })
    return true
  })
  if (isOver) await app.masterKeys.renewal?.keep(keyId)
}
