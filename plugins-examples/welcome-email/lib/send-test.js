import { composeMessage } from './compose-message.js'
import { handOver } from './hand-over.js'
import { readEmail } from './recipient.js'
import { readSigningKey } from './signing-key.js'

/**
 * Handles `POST /send-test`: body `{ to, name?, language? }`. Makes the same message as for a new user, marked
 * `test: true` and with a link for the user `test`, which no application knows.
 *
 * @param {object} ctx
 * @param {{ body: unknown }} request
 * @returns {Promise<{ status: number, body: object }>} 202 with subject and language, or 400 saying what to mend
 */
export async function sendTest(ctx, request) {
  const body = readBody(request.body)
  const email = readEmail(body?.to)
  if (email === null) {
    return badRequest(
      'INVALID_RECIPIENT',
      'Send JSON like {"to": "you@example.com"}; "to" must be an e-mail address.',
    )
  }
  const key = await readSigningKey(ctx)
  const message = await composeMessage(
    ctx,
    key,
    {
      id: 'test',
      email,
      name: typeof body.name === 'string' ? body.name.slice(0, 120) : '',
      locale: typeof body.language === 'string' ? body.language : null,
    },
    new Date(),
  )
  await handOver(ctx, { ...message, idempotencyKey: `test-${crypto.randomUUID()}`, test: true })
  return {
    status: 202,
    body: { accepted: true, subject: message.subject, language: message.language },
  }
}

/** A host hands JSON over parsed; text is what a client sent without the JSON content type. */
function readBody(body) {
  if (typeof body !== 'string') {
    return body
  }
  try {
    return JSON.parse(body)
  } catch {
    return null
  }
}

function badRequest(code, message) {
  return { status: 400, body: { error: { code, message } } }
}
