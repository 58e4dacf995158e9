import { createHash } from 'node:crypto'
import type { App } from '../../app.ts'
import type { PluginCode } from '../../runtime/runtime.ts'
import { verifyApproved } from '../packages/verify-approved.ts'
import type { Target } from './target.ts'

/** Begins with the package's own, so that it is stopped with its package. */
export function digestOfInline({ checksum }: Pick<Target, 'checksum'>, source: string): string {
  return `${checksum}+${createHash('sha256').update(source).digest('hex')}`
}

/**
 * A module that stands in a webhook of an installation's package, for an isolate of its own.
 *
 * @throws {IntegrityError} where the package is not what was approved
 * @throws {RevokedError} where it was revoked
 */
export async function loadInlineCode(
  app: App,
  target: Target,
  { path, source }: { path: string; source: string },
): Promise<PluginCode> {
  await verifyApproved(app, target.packageId)
  return { digest: digestOfInline(target, source), entry: '', modules: new Map([[path, source]]) }
}
