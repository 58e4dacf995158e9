/**
 * The one way out of the isolate and the one way in. Both carry nothing but strings and numbers: what `raw` gets is
 * checked here, because it copies whatever it is given, and copying objects across isolates is where the engine has
 * had memory corruption.
 *
 * Runs before any code of a plugin, and takes its own references to the built-ins, so that a plugin that replaces
 * those only confuses itself. Nothing here protects the host: that is the parent process's work.
 */

/** @type {(call: number, operation: string, text: string) => string | undefined} */
const raw = globalThis.patchbayRaw
delete globalThis.patchbayRaw

export const parse = JSON.parse
export const stringify = JSON.stringify

/**
 * Tells the host something, and gets its answer at once.
 *
 * @param {number} call id of the invocation that this belongs to, 0 for none
 * @param {string} operation
 * @param {string} text
 * @returns {string} '' where there is nothing to say
 */
export function send(call, operation, text) {
  if (typeof call !== 'number' || typeof operation !== 'string' || typeof text !== 'string') {
    throw new TypeError('only strings leave the sandbox')
  }
  return raw(call, operation, text) ?? ''
}

/** @type {Record<string, (id: number, text: string) => void>} */
const entrances = Object.create(null)

/**
 * Names what the host may enter the isolate for.
 *
 * @param {string} operation
 * @param {(id: number, text: string) => void} enter
 */
export function onEnter(operation, enter) {
  entrances[operation] = enter
}

globalThis.patchbayEnter = (operation, id, text) => {
  entrances[operation]?.(id, text)
}
