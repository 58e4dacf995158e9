import { quote } from '../quote.ts'
import { manifestCheck } from './manifest-check.ts'
import { repeated } from './repeated.ts'

/** What the plugin answers over HTTP. */
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
]
