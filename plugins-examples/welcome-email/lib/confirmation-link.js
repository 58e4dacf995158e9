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
  url.searchParams.set('signature', await sign(key, ['v1', userId, email, expires]))
  return url.href
}

async function sign(key, lines) {
  const bytes = new Uint8Array(await crypto.hmac('SHA-256', key, lines.join('\n')))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
