/** Characters; RFC 5321 section 4.5.3.1.3 allows no longer path. */
const MAX_EMAIL_LENGTH = 254
/** Characters; longer names are cut, so that a message stays a message. */
const MAX_NAME_LENGTH = 120

/**
 * The user of an `auth.user.created` payload: `{ id, email, name?, locale? }`, or the same below `user`.
 *
 * @param {unknown} payload
 * @returns {{ id: string, email: string, name: string, locale: string | null } | null} null where it names no id or
 *   no usable address
 */
export function readRecipient(payload) {
  const user = payload?.user ?? payload
  const id = user?.id ?? user?.userId
  const email = readEmail(user?.email)
  if ((typeof id !== 'string' && typeof id !== 'number') || email === null) {
    return null
  }
  return {
    id: String(id),
    email,
    name: typeof user.name === 'string' ? user.name.trim().slice(0, MAX_NAME_LENGTH) : '',
    locale: typeof user.locale === 'string' ? user.locale : null,
  }
}

/**
 * An address that a message can be addressed to: one `@`, no white space, no angle brackets, a dot in the domain.
 *
 * @param {unknown} value
 * @returns {string | null}
 */
export function readEmail(value) {
  if (typeof value !== 'string') {
    return null
  }
  const email = value.trim()
  return email.length <= MAX_EMAIL_LENGTH && /^[^\s@<>",;]+@[^\s@<>",;]+\.[^\s@<>",;.]+$/.test(email)
    ? email
    : null
}
