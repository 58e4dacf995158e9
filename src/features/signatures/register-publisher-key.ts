import { z } from 'zod'
import { change, type App } from '../../app.ts'
import { by, type Actor } from '../../auth/actor.ts'
import { requireIn, requireOnPlatform } from '../../auth/authorize.ts'
import { record } from '../../events/record.ts'
import { checkInput, label } from '../../lib/check-input.ts'
import { UserError } from '../../lib/errors.ts'
import { newId } from '../../lib/ids.ts'
import { isUniqueViolation } from '../../platform/database.ts'
import { parsePublicKey, publisherKeyId } from '../../platform/signatures.ts'

/** An SPKI PEM of Ed25519 has 113 characters. */
const MAX_KEY_LENGTH = 1000

const Input = z.object({
  name: label,
  publicKey: z.string().max(MAX_KEY_LENGTH, `has at most ${MAX_KEY_LENGTH} characters`),
})

export interface RegisterPublisherKeyInput {
  name: string
  /** Ed25519: SPKI as PEM, or the 32 raw bytes in base64. */
  publicKey: string
  /** Whose publishers sign with it; left out: the platform's. */
  organizationId?: string | undefined
}

/** Makes a publisher's public key known. Returns its id; ALREADY_EXISTS where the owner has it already, revoked or not. */
export async function registerPublisherKey(
  app: App,
  actor: Actor,
  input: RegisterPublisherKeyInput,
): Promise<string> {
  const organizationId = input.organizationId ?? null
  if (organizationId === null) requireOnPlatform(actor, 'packages:submit')
  else requireIn(actor, 'packages:submit', organizationId, 'organization')
  const { name, publicKey } = checkInput(Input, input)
  const raw = parsePublicKey(publicKey)
  if (raw === null) {
    const message =
      'This is no Ed25519 public key: give SPKI as PEM (patchbay keygen makes one) or its 32 bytes in base64.'
    throw new UserError('INVALID_INPUT', message, ['publicKey'])
  }
  const id = newId()
  const at = app.clock.now()
  const keyId = publisherKeyId(raw)
  try {
    await change(app, async (tx) => {
      await tx.publisherKey.create({
        data: {
          id,
          organizationId,
          keyId,
          name,
          publicKey: new Uint8Array(raw),
          createdAt: at,
          createdById: actor.principalId,
        },
        select: { id: true },
      })
      const changed = { before: null, after: { keyId, name } }
      const scope = { organizationId, subjectId: id, ...by(actor), changed, at }
      await record(tx, 'publisher_key.registered', { keyId, name }, scope)
    })
  } catch (error) {
    if (!isUniqueViolation(error)) throw error
    const { revokedAt } = await app.database.prisma.publisherKey.findFirstOrThrow({
      where: { organizationId, keyId },
      select: { revokedAt: true },
    })
    const message =
      revokedAt === null
        ? `The key ${keyId} is registered already and in force: sign with it.`
        : `The key ${keyId} was revoked and stays revoked: make another.`
    throw new UserError('ALREADY_EXISTS', message, ['publicKey'])
  }
  return id
}
