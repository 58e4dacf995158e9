import { z } from 'zod'
import { change, type App } from '../../app.ts'
import { compileSchema } from '../../archive/json-schema.ts'
import { by, type Actor } from '../../auth/actor.ts'
import { requireOnPlatform } from '../../auth/authorize.ts'
import { EVENT_TYPE_PATTERN, RESERVED_LABELS } from '../../events/catalog.ts'
import { record } from '../../events/record.ts'
import type { ExtensionPointKind } from '../../generated/prisma/enums.ts'
import { checkInput, prose } from '../../lib/check-input.ts'
import { messageOf, UserError } from '../../lib/errors.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'

const DOTTED = /^[A-Za-z][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)*$/

/** Characters of what is wrong with a schema: it may repeat a part of it, however long. */
const MAX_TOLD_LENGTH = 500

/** What names of each kind look like: as manifests may write them. */
const NAMES: Record<ExtensionPointKind, { pattern: RegExp; example: string }> = {
  HOOK: { pattern: DOTTED, example: 'service_provision' },
  EVENT: { pattern: EVENT_TYPE_PATTERN, example: 'auth.user.created' },
  FILTER: { pattern: DOTTED, example: 'generator.state' },
  MODULE: { pattern: /^[A-Za-z][A-Za-z0-9_.-]*$/, example: 'inventory' },
  RESOURCE: { pattern: /^[a-z][a-z0-9_]{0,62}$/, example: 'materials' },
}

export interface DefineExtensionPointInput {
  kind: ExtensionPointKind
  name: string
  description: string
  /** JSON Schema 2020-12 of what is passed. */
  payloadSchema?: JsonValue | undefined
}

/** Says what the host application offers to plugins, or says it anew. From the first of a kind on, others are unknown. */
export async function defineExtensionPoint(
  app: App,
  actor: Actor,
  input: DefineExtensionPointInput,
): Promise<{ kind: ExtensionPointKind; name: string }> {
  requireOnPlatform(actor, 'plugins:manage')
  const { kind, payloadSchema } = input
  const { pattern, example } = NAMES[kind]
  const Input = z.object({
    name: z.string().max(128, 'has at most 128 characters').regex(pattern, `is a name such as "${example}"`),
    description: prose,
  })
  const { name, description } = checkInput(Input, input)
  if (kind === 'EVENT' && RESERVED_LABELS.has(name.split('.')[0]!)) {
    throw new UserError('INVALID_INPUT', `Events below "${name.split('.')[0]}" are Patchbay's own.`, ['name'])
  }
  const schema = checkedSchema(payloadSchema)
  const at = app.clock.now()
  const columns = { description, ...(schema === null ? {} : { payloadSchema: schema }), updatedAt: at }
  await change(app, async (tx) => {
    const found = await tx.extensionPoint.findUnique({
      where: { kind_name: { kind, name } },
      select: { description: true, payloadSchema: true },
    })
    const before = found && { ...found, payloadSchema: found.payloadSchema as JsonValue }
    await tx.extensionPoint.upsert({
      where: { kind_name: { kind, name } },
      create: { kind, name, ...columns },
      update: columns,
      select: { name: true },
    })
    const after = { description, payloadSchema: schema ?? before?.payloadSchema ?? null }
    const changed = { before, after }
    await record(tx, 'extension_point.defined', { kind, name }, { ...by(actor), changed, at })
  })
  return { kind, name }
}

function checkedSchema(schema: JsonValue | undefined): JsonObject | null {
  if (schema === undefined || schema === null) return null
  if (!isJsonObject(schema))
    throw new UserError('INVALID_INPUT', 'A JSON Schema is an object.', ['payloadSchema'])
  try {
    compileSchema(schema)
    return schema
  } catch (error) {
    const message = `This is no JSON Schema 2020-12: ${messageOf(error).slice(0, MAX_TOLD_LENGTH)}.`
    throw new UserError('INVALID_INPUT', message, ['payloadSchema'])
  }
}
