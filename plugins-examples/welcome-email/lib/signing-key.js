import { PluginError } from 'patchbay'

/** Characters. A shorter key can be guessed offline from one link that somebody received. */
const MIN_KEY_LENGTH = 16

/**
 * The key that confirmation links are signed with.
 *
 * @param {object} ctx needs the permission `secrets:read`
 * @returns {Promise<string>}
 * @throws {PluginError} SECRET_MISSING where none is set, SECRET_TOO_SHORT below 16 characters
 */
export async function readSigningKey(ctx) {
  const key = await ctx.secrets.get('LINK_SIGNING_KEY')
  if (typeof key !== 'string' || key === '') {
    throw new PluginError('Set the secret LINK_SIGNING_KEY: without it no link can be signed.', {
      code: 'SECRET_MISSING',
    })
  }
  if (key.length < MIN_KEY_LENGTH) {
    throw new PluginError(`LINK_SIGNING_KEY must have at least ${MIN_KEY_LENGTH} characters.`, {
      code: 'SECRET_TOO_SHORT',
    })
  }
  return key
}
