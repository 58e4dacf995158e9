import { PluginError } from 'patchbay'
import { composeMessage } from './compose-message.js'
import { handOver } from './hand-over.js'
import { readRecipient } from './recipient.js'
import { readSigningKey } from './signing-key.js'

/**
 * Handles `auth.user.created`. Events come at least once: the message carries the event's id as `idempotencyKey`, and
 * the link counts from when the event happened, so that a repeat is the same message.
 *
 * @param {object} ctx
 * @param {{ id: string, payload: unknown, occurredAt: string }} event
 * @throws {PluginError} NO_RECIPIENT where the payload names no user with an address, SECRET_MISSING, SECRET_TOO_SHORT
 */
export async function welcomeUser(ctx, event) {
  const recipient = readRecipient(event.payload)
  if (recipient === null) {
    throw new PluginError('The payload needs a user with id and email.', { code: 'NO_RECIPIENT' })
  }
  const key = await readSigningKey(ctx)
  const message = await composeMessage(ctx, key, recipient, new Date(event.occurredAt))
  const sent = await handOver(ctx, { ...message, idempotencyKey: event.id, test: false })
  // No address, name or link in the log: it outlives the user's account.
  ctx.log.info(
    `welcome message ${sent ? 'sent' : 'ready'} for event ${event.id}, language ${message.language}`,
  )
  return { language: message.language, linkExpiresAt: message.linkExpiresAt }
}
