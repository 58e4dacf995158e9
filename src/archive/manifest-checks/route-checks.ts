import { quote } from '../quote.ts'
import { manifestCheck } from './manifest-check.ts'
import { repeated } from './repeated.ts'

/** What the plugin answers over HTTP, and what user interfaces show of it. */
export const routeChecks = [
  manifestCheck({
    name: 'manifest.routes.unique',
    category: 'MANIFEST',
    needs: ['routes'],
    *run({ routes }) {
      const shapes = routes.map(({ method, path }) => `${method} ${path.replaceAll(/:\w+/g, ':')}`)
      for (const { index } of repeated(shapes)) {
        const { method, path } = routes[index] ?? { method: '', path: '' }
        const message = `${quote(`${method} ${path}`)} answers the same requests as a route before it. Remove one.`
        yield { message, at: ['routes', index] }
      }
    },
  }),
  manifestCheck({
    name: 'manifest.routes.parameters',
    category: 'MANIFEST',
    needs: ['routes'],
    *run({ routes }) {
      for (const [index, { path }] of routes.entries()) {
        const [first] = repeated(path.split('/').filter((segment) => segment.startsWith(':')))
        if (first === undefined) continue
        const message = `The path ${quote(path)} has the parameter ${quote(first.value)} twice. Rename one.`
        yield { message, at: ['routes', index, 'path'] }
      }
    },
  }),
  manifestCheck({
    name: 'manifest.routes.public',
    category: 'MANIFEST',
    needs: ['routes'],
    *run({ routes }) {
      for (const [index, route] of routes.entries()) {
        if (!route.public || route.permission === null) continue
        const message = `${quote(`${route.method} ${route.path}`)} is public and asks for a permission. Decide for one.`
        yield { message, at: ['routes', index, 'public'] }
      }
    },
  }),
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
          const message = `No route GET ${quote(source)} is declared, so that this stays empty. Add it to "routes".`
          yield { severity: 'WARNING', message, at: ['contributes', list, index, 'source'] }
        }
      }
    },
  }),
]
