import { z } from 'zod'
import { change, type App } from '../../app.ts'
import { by, type Actor } from '../../auth/actor.ts'
import { difference } from '../../events/audit.ts'
import { record } from '../../events/record.ts'
import { checkInput, prose } from '../../lib/check-input.ts'
import { notFound, UserError } from '../../lib/errors.ts'
import { packageScope } from './package-scope.ts'
import { visiblePlugins } from './policy.ts'
import { overtaken, ownApprovedPackage, stillThere } from './withdrawal.ts'

const Input = z.object({ message: prose.nullable() })

export interface DeprecatePackageInput {
  packageId: string
  /** Why it should not be used any more; null takes the deprecation back. */
  message: string | null
  /** The plugin to use in its stead. */
  replacementPluginId?: string | undefined
}

/** Advises against a package, which can still be installed. Returns its id. */
export async function deprecatePackage(
  app: App,
  actor: Actor,
  input: DeprecatePackageInput,
): Promise<string> {
  const found = await ownApprovedPackage(app, actor, input.packageId)
  const { message } = checkInput(Input, input)
  const replacement = await replacementOf(app, actor, found.pluginId, input)
  const at = app.clock.now()
  await change(app, async (tx) => {
    const { count } = await tx.package.updateMany({
      where: stillThere(found),
      data: { deprecated: message, replacementId: replacement?.id ?? null },
    })
    if (count === 0) throw overtaken()
    const was = { deprecated: found.deprecated, replacement: found.replacement?.slug ?? null }
    const changed = difference(was, { deprecated: message, replacement: replacement?.slug ?? null })
    const payload = { ...found.unmoved, message, replacement: replacement?.slug ?? null }
    const scope = { ...packageScope(found), ...by(actor), changed, at }
    await record(tx, 'package.deprecated', payload, scope)
  })
  return found.id
}

async function replacementOf(
  app: App,
  actor: Actor,
  pluginId: string,
  { message, replacementPluginId }: DeprecatePackageInput,
): Promise<{ id: string; slug: string } | null> {
  if (replacementPluginId === undefined) return null
  const field = ['replacementPluginId']
  if (message === null) {
    throw new UserError('INVALID_INPUT', 'A replacement needs a message: say why it is better.', field)
  }
  const plugin = await app.database.prisma.plugin.findFirst({
    where: { AND: [{ id: replacementPluginId }, visiblePlugins(actor)] },
    select: { id: true, slug: true },
  })
  if (plugin === null) throw notFound('plugin')
  if (plugin.id === pluginId) {
    throw new UserError('INVALID_INPUT', 'A plugin does not replace itself: submit a new version.', field)
  }
  return plugin
}
