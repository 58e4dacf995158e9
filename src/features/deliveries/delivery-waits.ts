/** A delivery cannot be tried now, through nobody's fault: it is tried again in so many milliseconds, and no attempt is counted. */
export class DeliveryWaits extends Error {
  override readonly name = 'DeliveryWaits'
  readonly inMs: number

  constructor(inMs: number) {
    super(`The delivery waits ${inMs} ms.`)
    this.inMs = inMs
  }
}
