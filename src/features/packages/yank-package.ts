import { z } from 'zod'
import { change, type App } from '../../app.ts'
import { by, type Actor } from '../../auth/actor.ts'
import { record } from '../../events/record.ts'
import { checkInput, prose } from '../../lib/check-input.ts'
import { UserError } from '../../lib/errors.ts'
import { packageScope } from './package-scope.ts'
import { refreshPlugin } from './refresh-plugin.ts'
import { overtaken, ownApprovedPackage, stillThere } from './withdrawal.ts'

const Input = z.object({ reason: prose })

/** Takes a version out of use for new installations; what is installed runs on. Returns its id. */
export async function yankPackage(
  app: App,
  actor: Actor,
  input: { packageId: string; reason: string },
): Promise<string> {
  const found = await ownApprovedPackage(app, actor, input.packageId)
  const { reason } = checkInput(Input, input)
  if (found.yankedAt !== null) throw new UserError('INVALID_STATE', 'It is yanked already.', ['packageId'])
  const at = app.clock.now()
  await change(app, async (tx) => {
    const { count } = await tx.package.updateMany({
      where: { ...stillThere(found), yankedAt: null },
      data: { yankedAt: at, yankReason: reason },
    })
    if (count === 0) throw overtaken()
    await refreshPlugin(tx, found.pluginId, at)
    const changed = { before: { yankReason: null }, after: { yankReason: reason } }
    const scope = { ...packageScope(found), ...by(actor), changed, at }
    await record(tx, 'package.yanked', { ...found.unmoved, reason }, scope)
  })
  return found.id
}

/** Lets a yanked version be installed again. Returns its id. */
export async function unyankPackage(app: App, actor: Actor, packageId: string): Promise<string> {
  const found = await ownApprovedPackage(app, actor, packageId)
  if (found.yankedAt === null) throw new UserError('INVALID_STATE', 'It is not yanked.', ['packageId'])
  const at = app.clock.now()
  await change(app, async (tx) => {
    const { count } = await tx.package.updateMany({
      where: { ...stillThere(found), yankedAt: { not: null } },
      data: { yankedAt: null, yankReason: null },
    })
    if (count === 0) throw overtaken()
    await refreshPlugin(tx, found.pluginId, at)
    await record(tx, 'package.unyanked', found.unmoved, {
      ...packageScope(found),
      ...by(actor),
      changed: { before: { yankReason: found.yankReason }, after: { yankReason: null } },
      at,
    })
  })
  return found.id
}
