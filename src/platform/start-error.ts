/**
 * A start that cannot go on for a reason that the operator can mend. The message is one line that says what is wrong
 * and what to do; it is printed alone, without a stack.
 */
export class StartError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'StartError'
  }
}
