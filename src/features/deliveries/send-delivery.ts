import type { App } from '../../app.ts'
import { KiB, seconds } from '../../lib/units.ts'
import { EgressRefused, type EgressRefusal } from '../../platform/egress/egress-refused.ts'
import { DeliveryWaits } from './delivery-waits.ts'
import type { Address } from './fill-secrets.ts'
import type { Delivery } from './load-delivery.ts'
import { retryAfterMs } from './retry-after.ts'
import { signDelivery } from './sign-delivery.ts'
import { sendingSignal } from './stop-sending.ts'

/** What came of one attempt. */
export interface Sent {
  /** Null where there was no answer. */
  statusCode: number | null
  durationMs: number
  /** Null: it was delivered. */
  error: string | null
  /** For how long the receiver asks to be left alone. */
  retryAfterMs: number
}

/** Answers are read, since some receivers take a connection that is cut for a failure of theirs; nobody looks at them. */
const MAX_ANSWER_BYTES = 64 * KiB

/**
 * Sends a delivery once, signed. Only 2xx means that it was delivered; redirects are not followed.
 *
 * @throws {DeliveryWaits} where this process stops meanwhile
 */
export async function sendDelivery(
  app: App,
  delivery: Delivery,
  { url, headers, hidden, keys }: Address,
  body: string,
): Promise<Sent> {
  const now = app.clock.now()
  const signed = signDelivery(delivery.repeatsId ?? delivery.id, now, body, keys)
  const signal = sendingSignal(app)
  const begun = performance.now()
  const took = (): number => Math.round(performance.now() - begun)
  try {
    const answer = await app.egress.fetch(url.href, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers, ...signed },
      body,
      maxBytes: MAX_ANSWER_BYTES,
      discardsBody: true,
      timeoutMs: seconds(delivery.webhook.definition.delivery.timeout_seconds),
      redirects: 0,
      signal,
    })
    const { status } = answer
    return {
      statusCode: status,
      durationMs: took(),
      error: status >= 200 && status < 300 ? null : whyNot(status),
      retryAfterMs: retryAfterMs(answer.headers['retry-after'], now),
    }
  } catch (error) {
    if (signal.aborted) throw new DeliveryWaits(0)
    if (!(error instanceof EgressRefused) || error.code === 'CLOSED') throw error
    const message = hidden ? HIDDEN[error.code] : error.message
    return { statusCode: null, durationMs: took(), error: message, retryAfterMs: 0 }
  }
}

function whyNot(status: number): string {
  const redirected = status >= 300 && status < 400 ? ' Redirects are not followed.' : ''
  return `The receiver answered ${status}.${redirected}`
}

/** In place of words that name the host, where a secret says which it is. */
const HIDDEN: Readonly<Record<EgressRefusal, string>> = {
  URL: 'The address is none that can be fetched.',
  SCHEME: 'The address is neither http nor https.',
  PORT: 'The port of the address is not one of web servers.',
  HOST: 'The host of the address is not allowed.',
  ADDRESS: 'The host of the address is not on the public internet, or is none.',
  DNS: 'The host of the address could not be looked up.',
  CONNECT: 'No connection could be made.',
  TLS: 'The receiver has no TLS, or no certificate that holds for it.',
  TIME: 'There was no complete answer in time.',
  SIZE: 'The answer is too large.',
  HEADERS: 'The headers of the answer are too large.',
  REDIRECTS: 'Redirects are not followed.',
  ANSWER: 'The receiver ended without a complete HTTP answer.',
  REQUEST: 'A header cannot be sent.',
  CLOSED: 'The service is stopping.',
}
