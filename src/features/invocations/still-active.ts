import type { App } from '../../app.ts'
import type { InvocationKind } from '../../generated/prisma/enums.ts'
import { CircuitOpenError } from '../circuits/circuit-open.ts'
import type { Target } from './target.ts'

/** In the place of an operation that the emergency switch broke off: nothing of it may run or commit any more. */
export const BROKEN_OFF = 'stopped'

/** The installation was stopped after the call had found that it may be made. */
export class NotActiveError extends Error {
  override readonly name = 'NotActiveError'
}

/**
 * Called in other states too: they are part of what moves an installation between them, and of asking how it is. Its
 * circuit neither refuses nor counts them.
 */
export const OF_ITS_LIFE: ReadonlySet<InvocationKind> = new Set(['LIFECYCLE', 'MIGRATION', 'HEALTH'])

/**
 * Asked before an isolate is opened. Whoever stops an installation drops its isolates everywhere, so a call that was on its
 * way meanwhile comes by here. What was replaced by an upgrade goes on: it ends on the version that it began with. What
 * moves the installation goes on as well, unless that was broken off.
 */
export async function requireStillActive(
  app: App,
  target: Target,
  kind: InvocationKind,
  isTrial: boolean,
): Promise<void> {
  const { status, supersededById, operation, supersedes, circuit } =
    await app.database.prisma.installation.findUniqueOrThrow({
      where: { id: target.id },
      select: {
        status: true,
        supersededById: true,
        operation: true,
        supersedes: { select: { operation: true } },
        circuit: { select: { openUntil: true } },
      },
    })
  const name = `${target.slug} ${target.version}`
  if (operation === BROKEN_OFF || supersedes?.operation === BROKEN_OFF)
    throw new NotActiveError(`${name} was stopped by the emergency switch.`)
  if (OF_ITS_LIFE.has(kind)) return
  // What waited while the others failed is not the next to fail.
  const openUntil = circuit?.openUntil ?? null
  if (openUntil !== null && !isTrial) throw new CircuitOpenError(target.slug, openUntil)
  if (status === 'ACTIVE' || supersededById !== null) return
  throw new NotActiveError(`${name} was deactivated.`)
}
