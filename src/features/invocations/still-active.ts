import type { App } from '../../app.ts'
import type { InvocationKind } from '../../generated/prisma/enums.ts'
import type { Target } from './target.ts'

/** The installation was deactivated after the call had found it running. */
export class NotActiveError extends Error {
  override readonly name = 'NotActiveError'
}

/** Called in other states too: they are part of what moves an installation between them. */
const OF_ITS_LIFE: ReadonlySet<InvocationKind> = new Set(['LIFECYCLE', 'MIGRATION', 'HEALTH'])

/**
 * Asked before an isolate is opened. Whoever stops an installation drops its isolates everywhere, so a call that was on its
 * way meanwhile comes by here. What was replaced by an upgrade goes on: it ends on the version that it began with.
 */
export async function requireStillActive(app: App, target: Target, kind: InvocationKind): Promise<void> {
  if (OF_ITS_LIFE.has(kind)) return
  const { status, supersededById } = await app.database.prisma.installation.findUniqueOrThrow({
    where: { id: target.id },
    select: { status: true, supersededById: true },
  })
  if (status === 'ACTIVE' || supersededById !== null) return
  throw new NotActiveError(`${target.slug} ${target.version} was deactivated.`)
}
