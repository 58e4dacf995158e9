/** What of `ctx` needs which permission, by its path. */
interface Capability {
  path: RegExp
  permission: string
}

const STORE_WRITES = 'insert|update|updateMany|delete'

/** The more exact ones first. */
export const capabilities: readonly Capability[] = [
  { path: /^@ctx\.http\b/, permission: 'http:outbound' },
  { path: /^@ctx\.secrets\b/, permission: 'secrets:read' },
  { path: /^@ctx\.db\b/, permission: 'db:read' },
  { path: /^@ctx\.llm\b/, permission: 'llm:invoke' },
  { path: /^@ctx\.mail\b/, permission: 'mail:send' },
  { path: /^@ctx\.events\.emit\b/, permission: 'events:emit' },
  { path: /^@ctx\.files\.(?:write|delete)\b/, permission: 'storage:write' },
  { path: /^@ctx\.files\.(?:read|list)\b/, permission: 'storage:read' },
  {
    path: new RegExp(String.raw`^@ctx\.collections\.[^.]+\.(?:${STORE_WRITES})\b`),
    permission: 'storage:write',
  },
  { path: /^@ctx\.collections\.[^.]+\.(?:get|find|count)\b/, permission: 'storage:read' },
]

/** What stands for the store as a whole, so that it cannot be told what is done with it. */
export const WHOLE_STORE = /^@ctx\.(?:files|collections)(?:\.[^.]+)?$/

/** `ctx` as a whole goes somewhere that cannot be followed, or a part of it by a name made at run time. */
export const ANYTHING = /^@ctx(?:\.\[\?\])?$/

/** The permission that an operation of the host needs, e.g. `http.fetch`; null where every plugin may. */
export function permissionOf(operation: string): string | null {
  // Operations name no collection, as code does.
  const path = `@ctx.${operation.replace(/^collections\./, 'collections.any.')}`
  return capabilities.find((capability) => capability.path.test(path))?.permission ?? null
}
