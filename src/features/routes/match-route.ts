import type { Manifest } from '../../archive/manifest.ts'

/** A route of a manifest that a request matches. */
export interface MatchedRoute {
  /** As the plugin's code names it: `GET /risk/:supplier`. */
  key: string
  public: boolean
  permission: string | null
  /** What stands at the path's parameters, decoded. */
  params: Record<string, string>
}

/** The first route that fits; fixed parts win over parameters where both could. */
export function matchRoute(routes: Manifest['routes'], method: string, path: string): MatchedRoute | null {
  const parts = split(path)
  const fitting = routes
    .filter((route) => route.method === method || (method === 'HEAD' && route.method === 'GET'))
    .flatMap((route) => {
      const params = paramsOf(split(route.path), parts)
      return params === null ? [] : [{ route, params }]
    })
    .sort((a, b) => Object.keys(a.params).length - Object.keys(b.params).length)[0]
  if (fitting === undefined) return null
  const { route, params } = fitting
  return { key: `${route.method} ${route.path}`, public: route.public, permission: route.permission, params }
}

/** The methods that a path of a plugin takes. */
export function methodsAt(routes: Manifest['routes'], path: string): string[] {
  const methods = routes
    .filter((route) => paramsOf(split(route.path), split(path)) !== null)
    .map(({ method }) => method)
  return [...new Set(methods.includes('GET') ? [...methods, 'HEAD'] : methods)].sort()
}

function split(path: string): string[] {
  return path.split('/').filter((part) => part !== '')
}

function paramsOf(declared: readonly string[], given: readonly string[]): Record<string, string> | null {
  if (declared.length !== given.length) return null
  const params: Record<string, string> = {}
  for (const [index, part] of declared.entries()) {
    const value = given[index]!
    if (part.startsWith(':')) {
      const decoded = decode(value)
      if (decoded === null) return null
      params[part.slice(1)] = decoded
    } else if (part !== value) return null
  }
  return params
}

function decode(part: string): string | null {
  try {
    return decodeURIComponent(part)
  } catch {
    return null
  }
}
