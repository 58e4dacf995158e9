import { createTransport, type SentMessageInfo } from 'nodemailer'
import { orAborted } from '../lib/or-aborted.ts'
import { seconds } from '../lib/units.ts'

/** A message as it is sent; all of it is checked before. */
export interface OutgoingMail {
  to: readonly string[]
  replyTo?: string | undefined
  subject: string
  text?: string | undefined
  html?: string | undefined
  headers: Readonly<Record<string, string>>
}

/** What a server took. */
export interface SentMail {
  messageId: string
  /** Recipients that the server did not take, where it took others. */
  refused: string[]
}

/** Why a message was not sent: the server did not answer in time, wants none of the recipients, or what else is in the cause. */
export class MailError extends Error {
  readonly reason: 'TIMEOUT' | 'RECIPIENTS' | 'OTHER'

  constructor(reason: MailError['reason'], options?: ErrorOptions) {
    super(`The mail server did not take a message (${reason}).`, options)
    this.name = 'MailError'
    this.reason = reason
  }
}

/** For the whole conversation: a server that takes longer is not one to wait for. */
const MAX_TIME_MS = seconds(10)
/** For each of its steps. */
const STEP_MS = seconds(5)

/**
 * Sends one message over a connection of its own, which ends with it, whatever the server does: a server that trickles its
 * answers is noticed by no timeout of a socket.
 *
 * @param server where to (`smtp(s)://…`) and as whom
 * @throws {MailError} or the signal's reason
 */
export async function sendMail(
  server: { url: string; from: string },
  mail: OutgoingMail,
  signal: AbortSignal,
): Promise<SentMail> {
  const transport = createTransport({
    url: server.url,
    pool: true,
    maxConnections: 1,
    maxRequeues: 0,
    connectionTimeout: STEP_MS,
    greetingTimeout: STEP_MS,
    dnsTimeout: STEP_MS,
    socketTimeout: STEP_MS,
    // What is text stays text: no file and no address is read in its place.
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  const deadline = AbortSignal.timeout(MAX_TIME_MS)
  const either = AbortSignal.any([signal, deadline])
  try {
    const { to, headers, ...rest } = mail
    const message = { ...rest, from: server.from, to: [...to], headers: { ...headers } }
    const sent: SentMessageInfo = await orAborted(transport.sendMail(message), either)
    return { messageId: sent.messageId, refused: (sent.rejected ?? []).map(String) }
  } catch (error) {
    if (signal.aborted) throw signal.reason
    throw new MailError(deadline.aborted ? 'TIMEOUT' : reasonOf(error), { cause: error })
  } finally {
    transport.close({ force: true })
  }
}

function reasonOf(error: unknown): MailError['reason'] {
  const code = error instanceof Error && 'code' in error ? error.code : ''
  if (code === 'ETIMEDOUT') return 'TIMEOUT'
  const command = error instanceof Error && 'command' in error ? error.command : ''
  return code === 'EENVELOPE' && command === 'RCPT TO' ? 'RECIPIENTS' : 'OTHER'
}
