import type { Manifest } from '../manifest.ts'
import { didYouMean } from '../closest.ts'
import { OWN_EVENT_LABELS, OWN_FILTERS } from '../own-names.ts'
import { permissions as ownPermissions } from '../permissions.ts'
import { quote } from '../quote.ts'
import { type HostKnowledge, manifestCheck, type Problem } from './manifest-check.ts'
import { inWebhook, webhookFiles } from './webhook-files.ts'

/** What of the host's the plugin names: known, where the host has declared it. Names of dependencies begin with their id. */
export const hostChecks = [
  manifestCheck({
    name: 'manifest.hooks.known',
    category: 'COMPATIBILITY',
    needs: ['id', 'hooks', 'contributes', 'dependencies', 'optionalDependencies'],
    needsHost: true,
    *run(manifest, { host }) {
      const own = manifest.contributes.hooks
      yield* unknownNames(manifest, 'hooks', host?.hooks ?? null, (hook) => own.includes(hook), own)
    },
  }),
  manifestCheck({
    name: 'manifest.events.known',
    category: 'COMPATIBILITY',
    needs: ['id', 'events', 'webhooks', 'dependencies', 'optionalDependencies'],
    needsHost: true,
    *run(manifest, { host, entries }) {
      const declared = host?.events ?? null
      const isOwn = (type: string): boolean => {
        const label = firstLabel(type)
        return OWN_EVENT_LABELS.includes(label) || label === manifest.id
      }
      yield* unknownNames(manifest, 'events', declared, isOwn)
      if (declared === null) return
      for (const file of webhookFiles(manifest.webhooks, entries)) {
        for (const [index, type] of (file.webhook?.on ?? []).entries()) {
          if (isOwn(type) || isOfDependency(type, manifest) || covers(type, declared)) continue
          yield inWebhook(file, ['on', index], unknownMessage('events', type, declared))
        }
      }
    },
  }),
  manifestCheck({
    name: 'manifest.filters.known',
    category: 'COMPATIBILITY',
    needs: ['id', 'filters', 'dependencies', 'optionalDependencies'],
    needsHost: true,
    *run(manifest, { host }) {
      yield* unknownNames(
        manifest,
        'filters',
        host?.filters ?? null,
        (it) => OWN_FILTERS.includes(it),
        OWN_FILTERS,
      )
    },
  }),
  manifestCheck({
    name: 'manifest.contributes.extends',
    category: 'COMPATIBILITY',
    needs: ['contributes', 'dependencies', 'optionalDependencies'],
    needsHost: true,
    *run({ contributes, ...manifest }, { host }) {
      const own = contributes.modules.map(({ key }) => key)
      const declared = host?.modules ?? null
      for (const [index, { extends: base }] of contributes.modules.entries()) {
        if (base === null || own.includes(base) || isOfDependency(base, manifest)) continue
        const at = ['contributes', 'modules', index, 'extends']
        if (declared === null) yield { severity: 'INFO', message: undeclaredMessage('modules', base), at }
        else if (!declared.includes(base)) yield { message: unknownMessage('modules', base, declared), at }
      }
    },
  }),
  manifestCheck({
    name: 'manifest.permissions.resources',
    category: 'COMPATIBILITY',
    needs: ['permissions'],
    needsHost: true,
    *run({ permissions }, { host }) {
      const declared = host?.resources?.map((resource) => `${resource.replace(/:write$/, '')}:write`) ?? null
      for (const [index, { permission }] of permissions.entries()) {
        if (!/^[^:]+:write$/.test(permission) || Object.hasOwn(ownPermissions, permission)) continue
        const at = ['permissions', index]
        if (declared === null)
          yield { severity: 'INFO', message: undeclaredMessage('resources', permission), at }
        else if (!declared.includes(permission)) {
          yield {
            message: unknownMessage('resources', permission, [...declared, ...Object.keys(ownPermissions)]),
            at,
          }
        }
      }
    },
  }),
]

type Kind = keyof HostKnowledge
type Needs = Pick<Manifest, 'dependencies' | 'optionalDependencies'>

/** What stands in one of the lists and is neither the host's, nor ours, nor the plugin's own, nor a dependency's. */
function* unknownNames<K extends 'hooks' | 'events' | 'filters'>(
  manifest: Needs & Pick<Manifest, K>,
  kind: K,
  declared: readonly string[] | null,
  isOwn: (name: string) => boolean,
  own: readonly string[] = [],
): Generator<Problem> {
  const names: readonly string[] = manifest[kind]
  for (const [index, name] of names.entries()) {
    if (isOwn(name) || isOfDependency(name, manifest)) continue
    const at = [kind, index]
    if (declared === null) yield { severity: 'INFO', message: undeclaredMessage(kind, name), at }
    else if (!covers(name, declared)) yield { message: unknownMessage(kind, name, [...declared, ...own]), at }
  }
}

/** `auth.*` is known where any event below `auth` is. */
function covers(name: string, declared: readonly string[]): boolean {
  if (declared.includes(name)) return true
  return name.endsWith('.*') && declared.some((it) => it.startsWith(name.slice(0, -1)))
}

function isOfDependency(name: string, { dependencies, optionalDependencies }: Needs): boolean {
  const label = firstLabel(name)
  if (label === name) return false
  return Object.hasOwn(dependencies, label) || Object.hasOwn(optionalDependencies, label)
}

function firstLabel(name: string): string {
  return name.split('.', 1)[0] ?? name
}

const CALLED: Record<Kind, string> = {
  hooks: 'hook',
  events: 'event',
  filters: 'filter',
  modules: 'module',
  resources: 'resource with the permission',
}

function unknownMessage(kind: Kind, name: string, declared: readonly string[]): string {
  const other = name.includes('.')
    ? ` If it is another plugin's, name ${quote(firstLabel(name))} in "dependencies" or "optionalDependencies".`
    : ''
  return `The host has no ${CALLED[kind]} ${quote(name)}. Correct it, or have the host declare it.${other}${didYouMean(name, declared)}`
}

function undeclaredMessage(kind: Kind, name: string): string {
  return `Whether the host has the ${CALLED[kind]} ${quote(name)} cannot be told: it has declared no ${kind}.`
}
