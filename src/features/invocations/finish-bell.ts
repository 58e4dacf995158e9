import type { App } from '../../app.ts'

/** Where an installation stands: what replaces it stands there too. */
export interface Slot {
  siteId: string
  pluginId: string
}

const listeners = new WeakMap<App, Map<string, Set<() => void>>>()

/**
 * Calls back when a run of that slot has finished in this process. It only spares those who follow it the wait: what finishes in
 * other processes is found by looking. A NOTIFY for each run would wake every process for each.
 */
export function onFinish(app: App, slot: Slot, listener: () => void): () => void {
  const all = listeners.get(app) ?? new Map<string, Set<() => void>>()
  listeners.set(app, all)
  const key = keyOf(slot)
  const own = all.get(key) ?? new Set()
  all.set(key, own.add(listener))
  return () => {
    own.delete(listener)
    if (own.size === 0) all.delete(key)
  }
}

/** Tells those who listen for the slot in this process. */
export function ringFinish(app: App, slot: Slot): void {
  for (const listener of listeners.get(app)?.get(keyOf(slot)) ?? []) listener()
}

function keyOf({ siteId, pluginId }: Slot): string {
  return `${siteId} ${pluginId}`
}
