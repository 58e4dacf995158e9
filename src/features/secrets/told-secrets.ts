import type { App } from '../../app.ts'
import { formsOf } from './forms-of.ts'

/** How a value may stand in a text, and what is shown in its place. */
export type Masked = readonly [form: string, mask: string]

/** Values of one installation that are known: one that changes all the time, or has ten sites' worth of keys, has no more in force. */
const MAX_VALUES = 20
/** Installations of which they are: each of those that run here at a time is among them. */
const MAX_INSTALLATIONS = 2000
/** Characters: in shorter ones there is nothing to keep. */
const MIN_LENGTH = 4

/** By installation and value. */
const told = new WeakMap<App, Map<string, Map<string, Masked[]>>>()

/**
 * Remembers that an installation's code was told a value: it may keep it for as long as its isolate is warm, and say it in a later
 * invocation.
 */
export function noteTold(app: App, installationId: string, key: string, value: string): void {
  if (value.trim().length < MIN_LENGTH) return
  const all = told.get(app) ?? new Map<string, Map<string, Masked[]>>()
  told.set(app, all)
  const own = all.get(installationId) ?? new Map<string, Masked[]>()
  // What was told last goes last.
  all.delete(installationId)
  all.set(installationId, own)
  if (all.size > MAX_INSTALLATIONS) all.delete(all.keys().next().value!)
  if (own.has(value)) return
  const mask = `[secret ${key}]`
  const forms = new Set([...formsOf(value), ...formsOf(value.trim()), value.trim()])
  own.set(
    value,
    [...forms].map((form) => [form, mask]),
  )
  if (own.size > MAX_VALUES) own.delete(own.keys().next().value!)
}

/** What its code may know, longest first; none where it was told nothing. */
export function toldSecrets(app: App, installationId: string): Masked[] {
  const own = told.get(app)?.get(installationId)
  if (own === undefined) return []
  return [...own.values()].flat().toSorted(([a], [b]) => b.length - a.length)
}
