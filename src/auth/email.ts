/** RFC 5321, 4.5.3.1.3: a path has 256 characters with its brackets. */
const MAX_LENGTH = 254
const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?'
const ADDRESS = new RegExp(String.raw`^[a-z0-9.!#$%&'*+/=?^_\x60{|}~-]{1,64}@${LABEL}(?:\.${LABEL})+$`)

/** What an e-mail address must look like, for whoever gave another. */
export const EMAIL_EXPECTED =
  'must be an e-mail address of ASCII characters, e.g. ada@example.com (international domains as xn--…)'

/**
 * An e-mail address as users are known by it, in lower case; null where the text is none. ASCII only, and looked at before
 * the case is changed: the Kelvin sign becomes a plain k, and a Cyrillic а looks like a Latin one.
 */
export function readEmail(text: string): string | null {
  if (text.length > MAX_LENGTH || !/^[\x21-\x7e]+$/.test(text)) return null
  const email = text.toLowerCase()
  return ADDRESS.test(email) ? email : null
}
