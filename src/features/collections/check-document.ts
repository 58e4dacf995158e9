import { applySchema } from '../../archive/json-schema.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { KiB } from '../../lib/units.ts'
import { CapabilityError } from '../../runtime/capability-error.ts'
import type { Declared } from './declared.ts'

/** Bytes of JSON of one document: some of them fit into an answer of 1 MiB. */
const MAX_DOCUMENT = 256 * KiB
/** Mistakes that are told at once. */
const MAX_TOLD = 5

/** A document that may be stored. */
export interface CheckedDocument {
  document: JsonObject
  /** Bytes of its JSON. */
  size: number
}

/**
 * A document with the defaults of its collection's schema.
 *
 * @throws {CapabilityError} INVALID_DOCUMENT with what its schema says, DOCUMENT_TOO_LARGE
 */
export function checkDocument(declared: Declared, given: JsonValue): CheckedDocument {
  const mistakes = documentMistakes(declared, given)
  if ('document' in mistakes) {
    const size = Buffer.byteLength(JSON.stringify(mistakes.document))
    if (size <= MAX_DOCUMENT) return { document: mistakes.document, size }
    throw new CapabilityError(
      'DOCUMENT_TOO_LARGE',
      `A document is at most ${MAX_DOCUMENT / KiB} KiB of JSON.`,
    )
  }
  throw new CapabilityError('INVALID_DOCUMENT', `The document does not fit its schema: ${mistakes.told}.`)
}

/** The document with its defaults, or what is wrong with it, in few words. */
export function documentMistakes(
  { schema }: Declared,
  given: JsonValue,
): { document: JsonObject } | { told: string } {
  if (!isJsonObject(given)) return { told: 'it is no object' }
  const { value, mistakes } = applySchema(schema, given)
  if (mistakes.length === 0) return { document: value as JsonObject }
  const told = mistakes
    .slice(0, MAX_TOLD)
    .map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')} ${message}`))
  return { told: told.join('; ').slice(0, 1000) }
}
