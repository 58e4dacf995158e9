import type { App } from '../../app.ts'
import type { Manifest } from '../../archive/manifest.ts'
import { UserError } from '../../lib/errors.ts'
import type { Tx } from '../../platform/database.ts'
import { contributedNames } from './contributed-names.ts'
import { running } from './policy.ts'

/**
 * CONTRIBUTION_CONFLICT where an installation adds what another one that runs at its site adds already. Plans refuse that
 * long before; this holds for what came to the site otherwise. With the site locked, of two at once the later one sees the
 * earlier.
 */
export async function refuseCollisions(
  tx: Tx,
  app: App,
  target: { id: string; siteId: string; slug: string; manifest: Manifest },
): Promise<void> {
  const own = new Set(namesOf(target.manifest))
  if (own.size === 0) return
  const others = await tx.installation.findMany({
    where: { siteId: target.siteId, id: { not: target.id }, AND: [running(app.clock.now())] },
    select: { plugin: { select: { slug: true } }, package: { select: { manifest: true } } },
  })
  for (const other of others) {
    const shared = namesOf(other.package.manifest as unknown as Manifest).find((name) => own.has(name))
    if (shared === undefined) continue
    throw new UserError(
      'CONTRIBUTION_CONFLICT',
      `${target.slug} and ${other.plugin.slug} both add the ${shared} at this site: only one of them can run.`,
      ['installationId'],
    )
  }
}

function namesOf({ contributes }: Manifest): string[] {
  return contributedNames({
    modules: contributes.modules.map(({ key }) => key),
    views: contributes.views.map(({ path }) => path),
    themes: contributes.themes.map(({ key }) => key),
    hooks: contributes.hooks,
  })
}
