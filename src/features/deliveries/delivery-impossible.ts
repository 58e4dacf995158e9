/** Why an attempt could not even be made, in words for whoever wrote the webhook: no secrets in them. It counts as a failed one. */
export class DeliveryImpossible extends Error {
  override readonly name = 'DeliveryImpossible'
  /** For how long it was tried. */
  readonly durationMs: number

  constructor(message: string, durationMs = 0) {
    super(message)
    this.durationMs = Math.round(durationMs)
  }
}
