/** Too many calls of this installation wait already: try again later. */
export class RuntimeBusyError extends Error {
  constructor(installation: string) {
    super(`Too many calls of installation ${installation} are waiting; try again later.`)
    this.name = 'RuntimeBusyError'
  }
}

/** The sandbox runs nothing here: no process could be started in the call's time, or they are not locked in. It has not begun. */
export class RuntimeUnavailableError extends Error {
  constructor(message = 'No process of the sandbox can be started here; the call has not begun.') {
    super(message)
    this.name = 'RuntimeUnavailableError'
  }
}

/** The runtime is closing: the call has not begun. */
export class RuntimeClosedError extends Error {
  constructor() {
    super('The runtime is closing; the call has not begun.')
    this.name = 'RuntimeClosedError'
  }
}

/** The arguments or the code are larger than what may cross to a plugin; the call has not begun. */
export class PayloadTooLargeError extends Error {
  constructor(what: string, bytes: number, limit: number) {
    super(`${what} of ${bytes} bytes are more than the ${limit} that a plugin is given at once.`)
    this.name = 'PayloadTooLargeError'
  }
}
