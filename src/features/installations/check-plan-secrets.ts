import type { App } from '../../app.ts'
import type { Manifest } from '../../archive/manifest.ts'
import { checkSecrets } from './activate-installation.ts'
import type { Plan } from './resolver/plan.ts'

/** SECRET_MISSING: what is to run at once has its secrets before anything is begun. */
export async function checkPlanSecrets(
  app: App,
  { id: siteId, organizationId }: { id: string; organizationId: string },
  plan: Plan,
): Promise<void> {
  const rows = await app.database.prisma.package.findMany({
    where: { id: { in: plan.steps.map((step) => step.candidate.packageId) } },
    select: { manifest: true, pluginId: true, plugin: { select: { slug: true } } },
  })
  for (const { manifest, pluginId, plugin } of rows) {
    const owner = { organizationId, siteId, pluginId, slug: plugin.slug }
    await checkSecrets(app, { ...owner, manifest: manifest as unknown as Manifest })
  }
}
