/** The module `patchbay`, as plugins import it. */
export { HostError, PermissionDenied, PluginError } from './errors.mjs'

/**
 * Says what the plugin handles. Gives back what it gets: it is there for the editor, and to find mistakes at once.
 *
 * @template {object} T
 * @param {T} definition
 * @returns {T}
 */
export function definePlugin(definition) {
  if (typeof definition !== 'object' || definition === null) {
    throw new TypeError('definePlugin takes an object of handlers')
  }
  return definition
}
