import type { App } from '../../app.ts'
import { UserError } from '../../lib/errors.ts'
import { MiB, seconds } from '../../lib/units.ts'
import { EgressRefused, type EgressRefusal } from '../../platform/egress/egress-refused.ts'

/**
 * The bytes at a URL that a publisher gave, under the limits of an upload. Throws UserError INVALID_INPUT where they
 * cannot be had, in words for the publisher.
 */
export async function fetchPackage(app: Pick<App, 'config' | 'egress'>, url: string): Promise<Uint8Array> {
  const maxBytes = app.config.archiveLimits.packedBytes
  try {
    const { status, body } = await app.egress.fetch(url, {
      // As it lies there: the checksum is one of these bytes.
      headers: { accept: 'application/zip, application/gzip, */*', 'accept-encoding': 'identity' },
      maxBytes,
      timeoutMs: TIMEOUT_MS,
      redirects: MAX_REDIRECTS,
    })
    if (status === 200) return body
    throw unfetched(`The server answered ${status}.`)
  } catch (error) {
    if (!(error instanceof EgressRefused) || error.code === 'CLOSED') throw error
    if (error.code === 'SIZE') throw unfetched(`It is larger than ${maxBytes / MiB} MiB.`)
    throw unfetched(HINTS[error.code] === undefined ? error.message : `${error.message} ${HINTS[error.code]}`)
  }
}

/** 20 MiB in this time are 2.8 Mbit/s: who serves more slowly uploads instead. */
const TIMEOUT_MS = seconds(60)
/** Release pages redirect once or twice, to the storage behind them. */
const MAX_REDIRECTS = 3

const HINTS: Partial<Record<EgressRefusal, string>> = {
  ADDRESS: 'Upload the file instead, or let the operator allow the host (PATCHBAY_EGRESS_ALLOW).',
  TIME: 'Upload the file instead.',
}

function unfetched(why: string): UserError {
  return new UserError('INVALID_INPUT', `The package was not fetched. ${why}`, ['packageUrl'])
}
