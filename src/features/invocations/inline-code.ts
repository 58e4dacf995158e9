import { createHash } from 'node:crypto'
import type { App } from '../../app.ts'
import type { PluginCode } from '../../runtime/plugin-call.ts'
import { verifyApproved } from '../packages/verify-approved.ts'
import type { Target } from './target.ts'

/** A module that stands in a webhook's YAML. */
interface InlineModule {
  path: string
  source: string
}

/** Begins with the package's own, so that it is stopped with its package. */
export function digestOfInline({ checksum }: Pick<Target, 'checksum'>, inline: InlineModule): string {
  return `${checksum}+${digestOfModule(inline)}`
}

/** Hex; with its path, by which the sandbox finds it again: two webhooks may have one text. */
export function digestOfModule({ path, source }: InlineModule): string {
  return createHash('sha256').update(`${path}\n${source}`).digest('hex')
}

/**
 * A module that stands in a webhook of an installation's package, for an isolate of its own.
 *
 * @throws {IntegrityError} where the package is not what was approved
 * @throws {RevokedError} where it was revoked
 */
export async function loadInlineCode(app: App, target: Target, inline: InlineModule): Promise<PluginCode> {
  await verifyApproved(app, target.packageId)
  const { path, source } = inline
  return { digest: digestOfInline(target, inline), entry: '', modules: new Map([[path, source]]) }
}
