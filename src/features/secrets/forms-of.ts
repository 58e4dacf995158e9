/** Characters. Shorter ones would be found by chance. */
export const MIN_FORM_LENGTH = 8

/**
 * How a secret may stand in a text, longest first: as it is, percent-encoded, as in JSON, in base64; of an address also its path.
 * None where it is short.
 */
export function formsOf(value: string): string[] {
  if (value.length < MIN_FORM_LENGTH) return []
  const encoded = encodeURIComponent(value)
  const forms = [
    value,
    encoded,
    encoded.replaceAll('%2F', '/'),
    inJson(value),
    // A body of JSON, told in JSON.
    inJson(inJson(value)),
    Buffer.from(value).toString('base64').replace(/=+$/, ''),
    // Of a secret that is a whole address, a server sees no more than this.
    ...pathOf(value),
  ]
  return [...new Set(forms)].toSorted((a, b) => b.length - a.length)
}

function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}

function pathOf(value: string): string[] {
  const url = URL.parse(value)
  if (url === null || !/^https?:$/.test(url.protocol)) return []
  return [`${url.pathname}${url.search}`, url.pathname].filter(({ length }) => length >= MIN_FORM_LENGTH)
}
