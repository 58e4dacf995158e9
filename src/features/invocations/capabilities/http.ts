import { z } from 'zod'
import { EgressRefused, type EgressRefusal } from '../../../platform/egress/egress-refused.ts'
import type { EgressAnswer, EgressHop } from '../../../platform/egress/egress.ts'
import { CapabilityError } from '../../../runtime/capability-error.ts'
import { fetchForPlugin, type PluginRequest } from '../../http/fetch-for-plugin.ts'
import { fillRequest, SealedSecretError } from '../../http/fill-request.ts'
import { HeldBodies, type Piece } from '../../http/held-bodies.ts'
import { LargeBody } from '../../http/large-body.ts'
import { maskAnswer } from '../../http/mask-answer.ts'
import { parseInput, type Asking, type CapabilitySource } from './asking.ts'
import { sealedSecretsOf } from './sealed.ts'

/** In one invocation: what needs more is a job that is run again. */
const MAX_FETCHES = 20

const FetchInput = z.object({
  url: z.string(),
  method: z.string().max(16).optional(),
  headers: z.record(z.string(), z.string()).default({}),
  /** Text, or bytes in base64 where `encoding` says so. */
  body: z.string().nullish(),
  encoding: z.literal('base64').optional(),
  timeoutMs: z.number().int().min(1).optional(),
})
const FETCH_USAGE =
  'http.fetch(url, {method, headers, body, timeoutMs}) takes a URL, headers as an object of texts, a body of text or bytes, and whole milliseconds.'

const RestInput = z.object({ rest: z.number().int() })

/** `ctx.http`: requests to the hosts of the manifest, never to private networks. */
export const http: CapabilitySource = {
  permission: 'http:outbound',
  operations(asking) {
    const bodies = new HeldBodies()
    /** By what is left of them: those that the plugin has not taken whole. */
    const untaken = new Map<number, LargeBody>()
    let fetches = 0
    return {
      'http.fetch': async (input, signal, delivered) => {
        const request = requestOf(parseInput(FetchInput, input, FETCH_USAGE))
        if (++fetches > MAX_FETCHES) {
          const message = `One invocation makes at most ${MAX_FETCHES} requests.`
          throw new CapabilityError('TOO_MANY_REQUESTS', message)
        }
        const large = new LargeBody(asking.app, asking.target.id)
        signal.addEventListener('abort', () => large.leave(), { once: true })
        try {
          const { status, url, headers, body } = await fetchNoted(asking, request, large, signal)
          const piece = told(Buffer.from(body), bodies)
          if (piece.rest === null) void delivered?.then(() => large.leave())
          else untaken.set(piece.rest, large)
          return { status, url, headers, ...piece }
        } catch (error) {
          large.leave()
          throw error
        }
      },
      'http.rest': async (input) => {
        const { rest } = parseInput(RestInput, input, 'http.rest is asked for by http.fetch itself.')
        const piece = bodies.next(rest)
        if (piece === null) throw new CapabilityError('BAD_INPUT', 'There is no more of that answer.')
        if (piece.rest === null) untaken.get(rest)?.leave()
        return { body: piece.text, rest: piece.rest }
      },
    }
  },
}

function requestOf({ body, encoding, ...rest }: z.output<typeof FetchInput>): PluginRequest {
  if (body === null || body === undefined) return { ...rest, body: undefined }
  return { ...rest, body: encoding === 'base64' ? Buffer.from(body, 'base64') : body }
}

async function fetchNoted(
  asking: Asking,
  asked: PluginRequest,
  large: LargeBody,
  signal: AbortSignal,
): Promise<EgressAnswer> {
  const { app, target } = asking
  const sealed = sealedSecretsOf(asking)
  try {
    const sent = await fillRequest(asked, sealed, app.config.egress.allowHosts)
    const answer = await fetchForPlugin(app, sent, {
      hosts: target.manifest.network.allow,
      onHop: (hop) => note(asking, hop),
      large,
      signal,
    })
    return maskAnswer(answer, await sealed.all(), { asked, sent })
  } catch (error) {
    if (error instanceof SealedSecretError) throw new CapabilityError(error.code, error.message)
    if (!(error instanceof EgressRefused)) throw error
    throw new CapabilityError(CODES[error.code], error.message)
  }
}

/** Every request stands in the log and in its invocation: never its path, headers or body. */
function note({ app, target, invocationId, noteRequest }: Asking, hop: EgressHop): void {
  const request = { ...hop, durationMs: Math.round(hop.durationMs) }
  noteRequest({ at: app.clock.now().toISOString(), ...request })
  const { organizationId, id, slug } = target
  app.log.info(
    { ...request, invocationId, installation: id, organization: organizationId, plugin: slug },
    'a plugin made a request',
  )
}

/** What a plugin is told of each reason; CONNECT and its like say more in words. */
const CODES: Readonly<Record<EgressRefusal, string>> = {
  URL: 'BAD_INPUT',
  REQUEST: 'BAD_INPUT',
  SCHEME: 'HOST_NOT_ALLOWED',
  PORT: 'HOST_NOT_ALLOWED',
  HOST: 'HOST_NOT_ALLOWED',
  ADDRESS: 'ADDRESS_NOT_ALLOWED',
  DNS: 'NOT_REACHED',
  CONNECT: 'NOT_REACHED',
  TLS: 'TLS_FAILED',
  TIME: 'TIMEOUT',
  SIZE: 'TOO_LARGE',
  HEADERS: 'TOO_LARGE',
  REDIRECTS: 'REDIRECT_NOT_FOLLOWED',
  ANSWER: 'BAD_ANSWER',
  CLOSED: 'UNAVAILABLE',
}

/** A body as it crosses the border: text where it is UTF-8, else base64. */
function told(body: Buffer, bodies: HeldBodies) {
  const text = textOf(body)
  const { text: first, rest }: Piece = bodies.first(text ?? body.toString('base64'))
  return { body: first, rest, encoding: text === null ? ('base64' as const) : ('utf8' as const) }
}

function textOf(body: Buffer): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body)
  } catch {
    return null
  }
}
