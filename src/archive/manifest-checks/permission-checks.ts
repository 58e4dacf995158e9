import { isJsonObject, type JsonValue } from '../../lib/json.ts'
import { closest, didYouMean } from '../closest.ts'
import type { Manifest } from '../manifest.ts'
import { canonicalPermission, permissionInfo, permissions, riskOf } from '../permissions.ts'
import { quote } from '../quote.ts'
import { manifestCheck } from './manifest-check.ts'
import { repeated } from './repeated.ts'
import { placeholdersOf } from './webhook-faults.ts'
import { webhookFiles } from './webhook-files.ts'

/** What the plugin asks to be allowed. */
export const permissionChecks = [
  manifestCheck({
    name: 'manifest.permissions.known',
    category: 'PERMISSIONS',
    needs: ['permissions'],
    *run(manifest) {
      for (const [index, { permission }] of manifest.permissions.entries()) {
        const at = ['permissions', index]
        if (permissionInfo(permission) === null) {
          const hint = didYouMean(permission, Object.keys(permissions))
          yield {
            message: `There is no permission ${quote(permission)}. Use one of the plugin format.${hint}`,
            at,
          }
        } else if (!Object.hasOwn(permissions, permission)) {
          const guess = closest(permission, Object.keys(permissions))
          if (guess === null) continue
          const message = `${quote(permission)} is taken for a resource of the host. Did you mean "${guess}"?`
          yield { severity: 'WARNING', message, at }
        }
      }
    },
  }),
  manifestCheck({
    name: 'manifest.permissions.spelling',
    category: 'PERMISSIONS',
    needs: ['permissions'],
    *run(_, { raw }) {
      for (const [index, spelling] of spellings(raw['permissions']).entries()) {
        const proper = canonicalPermission(spelling)
        if (proper === spelling) continue
        const message = `${quote(spelling)} was read as "${proper}", its proper name.`
        yield { severity: 'INFO', message, at: ['permissions', index] }
      }
    },
  }),
  manifestCheck({
    name: 'manifest.permissions.unique',
    category: 'PERMISSIONS',
    needs: ['permissions'],
    *run(manifest) {
      for (const { value, index } of repeated(manifest.permissions.map(({ permission }) => permission))) {
        const message = `${quote(value)} is asked for twice. Remove one.`
        yield { severity: 'WARNING', message, at: ['permissions', index] }
      }
    },
  }),
  manifestCheck({
    name: 'manifest.permissions.reason',
    category: 'PERMISSIONS',
    needs: ['permissions', 'network'],
    *run(manifest) {
      for (const [index, { permission, reason }] of manifest.permissions.entries()) {
        if (permissionInfo(permission) === null || riskOf(permission, manifest) !== 'HIGH') continue
        if (reason !== null || (permission === 'http:outbound' && manifest.network.reason !== null)) continue
        const message = `${quote(permission)} is a HIGH risk, and nobody grants it unexplained. Write {"permission": …, "reason": …}.`
        yield { message, at: ['permissions', index] }
      }
    },
  }),
  manifestCheck({
    name: 'manifest.permissions.complete',
    category: 'PERMISSIONS',
    needs: ['permissions', 'routes', 'secrets', 'collections', 'contributes', 'webhooks'],
    *run(manifest, { entries }) {
      const asked = new Set(manifest.permissions.map(({ permission }) => permission))
      const inWebhooks = [...webhookFiles(manifest.webhooks, entries)]
        .flatMap(({ value }) => [...placeholdersOf(value)])
        .map(({ key }) => key)
      // Webhooks are given theirs without it.
      const secrets = manifest.secrets.filter(({ key }) => !inWebhooks.includes(key))
      for (const { key, anyOf } of usedParts({ ...manifest, secrets })) {
        if (anyOf.some((permission) => asked.has(permission))) continue
        const message = `The manifest has "${key}", which do nothing without the permission ${anyOf.map(quote).join(' or ')}. Ask for it.`
        yield { severity: 'WARNING', message, at: [key] }
      }
    },
  }),
]

function usedParts({
  routes,
  secrets,
  collections,
  contributes,
}: Pick<Manifest, 'routes' | 'secrets' | 'collections' | 'contributes'>): { key: string; anyOf: string[] }[] {
  const { navigation, dashboardWidgets, views, themes, modules } = contributes
  const changesUi = [navigation, dashboardWidgets, views, themes].some((items) => items.length > 0)
  return [
    { key: 'routes', anyOf: ['routes:serve'], used: routes.length > 0 },
    { key: 'secrets', anyOf: ['secrets:read'], used: secrets.length > 0 },
    {
      key: 'collections',
      anyOf: ['storage:read', 'storage:write'],
      used: Object.keys(collections).length > 0,
    },
    { key: 'contributes', anyOf: ['ui:modify'], used: changesUi },
    { key: 'contributes', anyOf: ['modules:extend'], used: modules.length > 0 },
  ].filter(({ used }) => used)
}

function spellings(written: JsonValue | undefined): string[] {
  return (Array.isArray(written) ? written : []).map((request) => {
    const spelling = isJsonObject(request) ? request['permission'] : request
    return typeof spelling === 'string' ? spelling : ''
  })
}
