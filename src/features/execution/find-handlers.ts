import type { App, SiteCall } from '../../app.ts'
import type { Manifest } from '../../archive/manifest.ts'
import { loadRunning } from './load-running.ts'
import { inDependencyOrder, type Target } from '../invocations/target.ts'

/** Who runs at the site and declares it, but for the caller itself: what another one needs before it, else by plugin id. */
export async function findHandlers(
  app: App,
  { siteId, callerId }: SiteCall,
  declares: (manifest: Manifest) => boolean,
): Promise<Target[]> {
  const active = await loadRunning(app, siteId)
  // Ordered before they are chosen from: one may need another through a third that does not declare it.
  return inDependencyOrder(active).filter(({ id, manifest }) => id !== callerId && declares(manifest))
}
