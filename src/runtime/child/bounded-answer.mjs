/** UTF-8 bytes of JSON that cross at once. */
const MAX_JSON_BYTES = 1024 * 1024

/** What the guest answered, or that it is too large. */
export function boundedAnswer(ending, body) {
  // No character takes more than three bytes: most need not be counted.
  if (body.length * 3 <= MAX_JSON_BYTES) return { ending, body }
  const bytes = Buffer.byteLength(body)
  if (bytes <= MAX_JSON_BYTES) return { ending, body }
  const message = `The result is larger than 1 MiB of JSON (${bytes} bytes).`
  return { ending: 'failed', body: JSON.stringify({ type: 'other', name: 'RangeError', message }) }
}

/** What the SDK asks the host for: ASCII, as the head of a frame must be. */
const OPERATION = /^[a-zA-Z.]{1,100}$/

/** Whether a call of the host is one that the SDK makes, and small enough. */
export function mayCross(operation, text) {
  return Buffer.byteLength(text) <= MAX_JSON_BYTES && OPERATION.test(operation)
}
