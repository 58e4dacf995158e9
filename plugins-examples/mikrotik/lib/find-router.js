import { refusal } from './refusal.js'

/**
 * @param {object} settings
 * @param {unknown} name
 * @returns {object} the router of that name
 * @throws {PluginError} UNKNOWN_ROUTER, naming those that there are
 */
export function findRouter(settings, name) {
  const router = settings.routers.find((candidate) => candidate.name === name)
  if (router === undefined) {
    const known = settings.routers.map((candidate) => candidate.name)
    throw refusal(
      'UNKNOWN_ROUTER',
      `There is no router ${JSON.stringify(name ?? null)}; ${known.length === 0 ? 'none is set up' : `there are ${known.join(', ')}`}.`,
      { known },
    )
  }
  return router
}
