import { parse } from './bridge.mjs'
import { atob, toBase64 } from './encoding.mjs'

const isView = ArrayBuffer.isView
const isArray = Array.isArray

/**
 * The request as a route's handler gets it: `body` is the JSON value, the text, a Uint8Array or null, and `rawBody` the
 * text as it came (for signatures), null where it was bytes.
 *
 * @param {any} request with `rawBody` and `bodyKind` as the host sends them
 */
export function requestOf(request) {
  if (typeof request !== 'object' || request === null || typeof request.bodyKind !== 'string') return request
  const { bodyKind, rawBody, ...rest } = request
  if (bodyKind === 'json') return { ...rest, body: parse(rawBody), rawBody }
  if (bodyKind === 'text') return { ...rest, body: rawBody, rawBody }
  return {
    ...rest,
    body: bodyKind === 'bytes' ? bytesOf(rawBody) : null,
    rawBody: bodyKind === 'none' ? '' : null,
  }
}

/** The answer of a handler as the host takes it: bytes cross as base64. */
export function answerOf(answer) {
  const whole = bufferOf(answer)
  if (whole) return { body: toBase64(whole), bodyEncoding: 'base64' }
  if (typeof answer !== 'object' || answer === null || isArray(answer)) return answer
  const bytes = bufferOf(answer.body)
  return bytes ? { ...answer, body: toBase64(bytes), bodyEncoding: 'base64' } : answer
}

function bufferOf(value) {
  if (value instanceof ArrayBuffer) return new Uint8Array(value)
  return isView(value) ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength) : undefined
}

function bytesOf(base64) {
  const binary = atob(base64)
  const bytes = new Uint8Array(binary.length)
  for (let index = 0; index < binary.length; index += 1) bytes[index] = binary.charCodeAt(index)
  return bytes
}
