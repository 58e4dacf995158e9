/**
 * What a new user is told. Kept apart from main.js, which only Patchbay can load: so it can be tested by itself.
 *
 * @param {string} greeting
 * @param {{ name?: string }} user
 * @returns {string}
 */
export function greet(greeting, user) {
  const name = user.name?.trim()
  return name ? `${greeting}, ${name}!` : `${greeting}!`
}
