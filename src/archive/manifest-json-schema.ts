import { z } from 'zod'
import { isJsonObject, type JsonObject } from '../lib/json.ts'
import { manifestSchema } from './manifest.ts'

/** Its name; every host publishes it at an address of its own. */
const MANIFEST_SCHEMA_ID = 'urn:patchbay:schema:manifest:1'

/**
 * `manifest.json` as JSON Schema 2020-12, for editors and other people's tools: made from the schema that checks
 * manifests, so that it never asks for something else. What goes beyond the shape is only told by the checks.
 */
export const manifestJsonSchema: JsonObject = describeManifest()

function describeManifest(): JsonObject {
  const made = z.toJSONSchema(manifestSchema, { io: 'input', target: 'draft-2020-12' }) as JsonObject
  const { $schema = '', properties, required, ...rest } = made
  if (!isJsonObject(properties) || !Array.isArray(required)) throw new Error('A manifest is an object.')
  const id = properties['id'] ?? true
  return {
    $schema,
    $id: MANIFEST_SCHEMA_ID,
    title: 'Manifest of a Patchbay plugin',
    description: 'manifest.json at the root of the archive: what the plugin is, asks for and brings.',
    ...rest,
    properties: {
      $schema: { type: 'string', description: 'Address of this schema, for editors' },
      ...properties,
      slug: isJsonObject(id)
        ? { ...id, description: 'Another name of "id"; write "id"', deprecated: true }
        : id,
    },
    required: required.filter((key) => key !== 'id'),
    anyOf: [{ required: ['id'] }, { required: ['slug'] }],
  }
}
