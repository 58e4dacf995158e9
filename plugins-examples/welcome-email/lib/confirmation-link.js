import { hmacSha256 } from './hmac.js'

/**
 * The page of the application, with who confirms what until when, and a signature over exactly that.
 *
 * The signature is HMAC-SHA256, hex, over the lines `v1`, user id, e-mail address and expiry: a link is therefore
 * good for one user, one address and one period, and an address that was changed since is not confirmed by it.
 *
 * @param {string} key
 * @param {{ confirmUrl: string, userId: string, email: string, expires: number }} what `expires` in Unix seconds
 * @returns {Promise<string>}
 */
export async function confirmationLink(key, { confirmUrl, userId, email, expires }) {
  const url = new URL(confirmUrl)
  url.searchParams.set('user', userId)
  url.searchParams.set('expires', String(expires))
  url.searchParams.set('signature', await hmacSha256(key, ['v1', userId, email, expires].join('\n')))
  return url.href
}
