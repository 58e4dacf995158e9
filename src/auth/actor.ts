import type { Trail } from '../events/scope.ts'
import type { Role } from '../generated/prisma/enums.ts'

/** A role, in one organization or (null) on the whole platform. */
export interface Grant {
  role: Role
  organizationId: string | null
  /** Null: all that the role permits. Else only these of it, Patchbay's own permissions and those of plugins. */
  permissions: ReadonlySet<string> | null
}

/** Whoever asks. The same value is made for HTTP, WebSocket, SSE and `/ext`, by the same function. */
export interface Actor {
  /** Null: a stranger, or the service itself. */
  readonly principalId: string | null
  readonly kind: 'stranger' | 'api-key' | 'user' | 'service'
  readonly grants: readonly Grant[]
  /** What he came with, where it was a token: it ends, and so does what it alone gives him. */
  readonly token?: { readonly until: Date; readonly grants: readonly Grant[] } | undefined
  /** Of the request that he makes; for the audit log. */
  readonly requestId?: string
  /** Of the mutation that he makes; for the audit log. */
  readonly trail?: Trail | undefined
}

/** Who caused a change, and in which request: what `record` is told of the actor. */
export function by(actor: Actor): {
  actorId: string | null
  requestId: string | null
  trail: Trail | undefined
} {
  return { actorId: actor.principalId, requestId: actor.requestId ?? null, trail: actor.trail }
}

/** Nobody that we know. */
export const STRANGER: Actor = { principalId: null, kind: 'stranger', grants: [] }

/** The service itself, where it acts by a schedule or an event and not for a caller. */
export const SERVICE: Actor = {
  principalId: null,
  kind: 'service',
  grants: [{ role: 'ADMIN', organizationId: null, permissions: null }],
}

/** A text that is equal for two actors exactly where they may do the same: open streams end when it changes. */
export function grantsFingerprint(actor: Actor): string {
  return actor.grants
    .map(({ role, organizationId, permissions }) => {
      const only = permissions === null ? '' : `:${[...permissions].sort().join(',')}`
      return `${role}@${organizationId ?? '*'}${only}`
    })
    .sort()
    .join(' ')
}
