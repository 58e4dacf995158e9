import type { EgressAnswer } from '../../platform/egress/egress.ts'
import { formsOf, MIN_FORM_LENGTH } from '../secrets/forms-of.ts'
import type { PluginRequest } from './fetch-for-plugin.ts'
import type { Opened } from './sealed-secrets.ts'

/** A request as the plugin made it, and as it was sent. */
interface Exchanged {
  asked: PluginRequest
  sent: PluginRequest
}

/**
 * The answer without the values of sealed secrets, where a server repeats what it was sent: as it is, percent-encoded, as
 * in JSON, in base64 alone or within the credentials that were sent. It is no promise: what a server says in other words
 * cannot be known.
 */
export function maskAnswer(
  { url, status, headers, body }: EgressAnswer,
  secrets: readonly Opened[],
  { asked, sent }: Exchanged,
): EgressAnswer {
  const shown = [
    ...changedHeaders(asked, sent),
    ...secrets.flatMap(({ value, placeholder }) =>
      formsOf(value).map((form) => [form, placeholder] as const),
    ),
  ]
  if (shown.length === 0) return { url, status, headers, body }
  const maskText = (text: string): string =>
    shown.reduce((masked, [form, placeholder]) => masked.replaceAll(form, placeholder), text)
  const masked = Object.entries(headers).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.map(maskText) : maskText(value),
  ])
  return {
    url: maskText(url),
    status,
    headers: Object.assign(Object.create(null), Object.fromEntries(masked)),
    body: maskBytes(body, shown),
  }
}

/** Credentials hold the secret in a form of their own, which is as good as it. */
function changedHeaders({ headers: asked }: PluginRequest, { headers: sent }: PluginRequest) {
  return Object.entries(sent).flatMap(([name, value]) => {
    const before = asked[name]
    if (before === undefined || before === value || value.length < MIN_FORM_LENGTH) return []
    return [[value.replace(SCHEME, ''), before.replace(SCHEME, '')] as const]
  })
}

const SCHEME = /^(Basic|Bearer) +/i

/** Byte by byte, as Latin-1, so that what is no text stays as it is. */
function maskBytes(body: Uint8Array, shown: readonly (readonly [string, string])[]): Uint8Array {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  const found = shown.filter(([form]) => bytes.includes(form))
  if (found.length === 0) return body
  const masked = found.reduce(
    (text, [form, placeholder]) => text.replaceAll(Buffer.from(form).toString('latin1'), placeholder),
    bytes.toString('latin1'),
  )
  return Buffer.from(masked, 'latin1')
}
