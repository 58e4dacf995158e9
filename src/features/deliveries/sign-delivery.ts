import { createHmac } from 'node:crypto'

/** What stands in the headers of a signed delivery. */
export interface SignedHeaders {
  'webhook-id': string
  'webhook-timestamp': string
  'webhook-signature'?: string
}

/**
 * The headers of Standard Webhooks (https://github.com/standard-webhooks/standard-webhooks, 1.0.0): the signature is HMAC-SHA256 over
 * `id.timestamp.body`, one for each key that counts. Without a key there is none.
 *
 * @param id the same for every attempt
 * @param keys secrets as they were given
 */
export function signDelivery(id: string, at: Date, body: string, keys: readonly string[]): SignedHeaders {
  const timestamp = String(Math.floor(at.getTime() / 1000))
  const sign = (key: string): string => {
    const hmac = createHmac('sha256', signingKey(key)).update(`${id}.${timestamp}.${body}`, 'utf8')
    return `v1,${hmac.digest('base64')}`
  }
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    ...(keys.length === 0 ? {} : { 'webhook-signature': keys.map(sign).join(' ') }),
  }
}

const PREFIX = 'whsec_'
const BASE64 =
  /^(?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$|^(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)$/

/** `whsec_` and base64, or base64 alone, as receivers of the standard take it; what is neither counts as the bytes that it is. */
function signingKey(secret: string): Uint8Array {
  const text = secret.trim()
  const encoded = text.startsWith(PREFIX) ? text.slice(PREFIX.length) : text
  return BASE64.test(encoded) ? Buffer.from(encoded, 'base64') : Buffer.from(text, 'utf8')
}
