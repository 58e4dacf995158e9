import { isJsonObject, type JsonValue } from '../../lib/json.ts'
import { didYouMean } from '../closest.ts'
import { OWN_RESOURCES } from '../own-names.ts'
import { permissionInfo, permissions as ownPermissions } from '../permissions.ts'
import { quote } from '../quote.ts'
import { manifestCheck } from './manifest-check.ts'
import { repeated } from './repeated.ts'

/** What the plugin adds to user interfaces, and offers to others. */
export const contributionChecks = [
  manifestCheck({
    name: 'manifest.contributes.unique',
    category: 'MANIFEST',
    needs: ['contributes'],
    *run({ contributes }) {
      const keys = {
        modules: contributes.modules.map(({ key }) => key),
        themes: contributes.themes.map(({ key }) => key),
        views: contributes.views.map(({ path }) => path),
        permissions: contributes.permissions,
        hooks: contributes.hooks,
        navigation: contributes.navigation.map(({ label, url }) => `${label} → ${url}`),
        dashboardWidgets: contributes.dashboardWidgets.map(({ title, source }) => `${title} → ${source}`),
      }
      for (const [list, values] of Object.entries(keys)) {
        for (const { value, index } of repeated(values)) {
          const message = `${quote(value)} stands twice in "contributes.${list}". Rename one.`
          yield { message, at: ['contributes', list, index] }
        }
      }
    },
  }),
  manifestCheck({
    name: 'manifest.contributes.hooks',
    category: 'MANIFEST',
    needs: ['id', 'contributes'],
    *run({ id, contributes }) {
      for (const [index, hook] of contributes.hooks.entries()) {
        if (hook.startsWith(`${id}.`)) continue
        const message = `An extension point of one's own begins with the plugin's id. Name ${quote(hook)} "${id}.…".`
        yield { message, at: ['contributes', 'hooks', index] }
      }
    },
  }),
  manifestCheck({
    name: 'manifest.contributes.sources',
    category: 'MANIFEST',
    needs: ['contributes', 'routes'],
    *run({ contributes, routes }) {
      const served = new Set(routes.filter(({ method }) => method === 'GET').map(({ path }) => path))
      for (const list of ['dashboardWidgets', 'views'] as const) {
        for (const [index, { source }] of contributes[list].entries()) {
          if (served.has(source.replace(/\?.*$/s, ''))) continue
          const message = `No route GET ${quote(source)} is declared, so that this stays empty. Add it to "routes".${didYouMean(source, served)}`
          yield { message, at: ['contributes', list, index, 'source'] }
        }
      }
    },
  }),
  manifestCheck({
    name: 'manifest.contributes.permissions',
    category: 'PERMISSIONS',
    needs: ['id', 'contributes'],
    *run({ id, contributes }) {
      for (const [index, permission] of contributes.permissions.entries()) {
        const at = ['contributes', 'permissions', index]
        const resource = permission.split(':', 1)[0] ?? ''
        if (Object.hasOwn(ownPermissions, permission) || OWN_RESOURCES.includes(resource)) {
          const message = `${quote(permission)} is a permission of Patchbay's. Name one of the plugin's own, e.g. "${id}.${permission}".`
          yield { message, at }
        } else if (permissionInfo(permission) !== null) {
          const message = `${quote(permission)} looks like a permission of the host's. Name it "${id}.${permission}", so that nobody mixes them up.`
          yield { severity: 'WARNING', message, at }
        }
      }
    },
  }),
  /** Tokens become style sheets: text that ends a declaration, or fetches, is none. */
  manifestCheck({
    name: 'manifest.contributes.themes',
    category: 'SECURITY',
    needs: ['contributes'],
    *run({ contributes }) {
      for (const [index, { tokens }] of contributes.themes.entries()) {
        for (const { value, at } of leaves(tokens, ['contributes', 'themes', index, 'tokens'])) {
          const name = quote(at.slice(4).map(String).join('.'))
          if (typeof value === 'string' && UNSAFE_CSS.test(value)) {
            yield {
              message: `The token ${name} holds more than a value of CSS. Remove ";", braces, "url(" and the like.`,
              at,
            }
          } else if (typeof value === 'string' && value.length > MAX_TOKEN) {
            yield { message: `The token ${name} is longer than ${MAX_TOKEN} characters. Shorten it.`, at }
          } else if (typeof value !== 'string' && typeof value !== 'number') {
            yield { message: `The token ${name} is neither text nor a number. Write a value of CSS.`, at }
          }
        }
      }
    },
  }),
]

/** Characters of one value: the longest are lists of fonts. */
const MAX_TOKEN = 300
const UNSAFE_CSS = /[;{}<>\\@]|\/\*|url\s*\(|image(?:-set)?\s*\(|expression\s*\(|javascript:/i

function* leaves(value: JsonValue, at: PropertyKey[]): Generator<{ value: JsonValue; at: PropertyKey[] }> {
  if (isJsonObject(value)) {
    for (const [key, child] of Object.entries(value)) yield* leaves(child, [...at, key])
  } else yield { value, at }
}
