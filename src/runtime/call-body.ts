import { MAX_JSON_BYTES } from './limits.ts'
import { PayloadTooLargeError } from './runtime-errors.ts'
import type { PluginCall } from './plugin-call.ts'

/**
 * What the child is told of a call, as JSON text.
 *
 * @throws {PayloadTooLargeError} where its arguments are larger than what may cross
 */
export function callBody({ kind, name, args, context }: PluginCall): string {
  const argumentText = JSON.stringify(args)
  const bytes = Buffer.byteLength(argumentText)
  if (bytes > MAX_JSON_BYTES) throw new PayloadTooLargeError('Arguments', bytes, MAX_JSON_BYTES)
  return `{"kind":"${kind}","name":${JSON.stringify(name)},"context":${JSON.stringify(context)},"args":${argumentText}}`
}
