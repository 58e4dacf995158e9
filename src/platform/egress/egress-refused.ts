/**
 * Why a request was not made or its answer not taken. URL, SCHEME, PORT: the address as it is written. HOST: not among
 * those that the call allows. ADDRESS: not on the public internet. DNS, CONNECT, TLS: it was not reached. TIME, SIZE,
 * HEADERS, REDIRECTS: a limit. ANSWER: no complete HTTP. REQUEST: what the caller wants to send. CLOSED: this process ends.
 */
export type EgressRefusal =
  | 'URL'
  | 'SCHEME'
  | 'PORT'
  | 'HOST'
  | 'ADDRESS'
  | 'DNS'
  | 'CONNECT'
  | 'TLS'
  | 'TIME'
  | 'SIZE'
  | 'HEADERS'
  | 'REDIRECTS'
  | 'ANSWER'
  | 'REQUEST'
  | 'CLOSED'

/**
 * A request to the outside that has no answer. The message is for whoever gave the address: it names at most the host
 * and port that they gave, or were redirected to, never a resolved address and nothing of a private network.
 */
export class EgressRefused extends Error {
  readonly code: EgressRefusal

  constructor(code: EgressRefusal, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'EgressRefused'
    this.code = code
  }
}
