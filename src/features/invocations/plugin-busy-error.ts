import { RequestError } from '../../lib/errors.ts'

/** Too much waits for an installation: the call was refused, as its invocation tells. */
export class PluginBusyError extends RequestError {
  override readonly name = 'PluginBusyError'
  readonly invocationId: string

  constructor(slug: string, invocationId: string) {
    super('RATE_LIMITED', `${slug} is busy: too many calls wait at this site. Try again later.`)
    this.invocationId = invocationId
  }
}
