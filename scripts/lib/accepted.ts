/** The payload, where nothing was refused. */
export function accepted<Payload extends Refusable>(payload: Payload): Payload {
  const [error] = payload.userErrors
  if (error !== undefined) throw new Error(`${error.code}: ${error.message}`)
  return payload
}

interface Refusable {
  userErrors: readonly { code: string; message: string }[]
}
