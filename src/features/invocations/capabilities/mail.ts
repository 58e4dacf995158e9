import { z } from 'zod'
import { readEmail } from '../../../auth/email.ts'
import { messageOf } from '../../../lib/errors.ts'
import { MailError, sendMail, type SentMail } from '../../../platform/mailer.ts'
import { CapabilityError } from '../../../runtime/capability-error.ts'
import { takeRecipients } from '../../mail/take-recipients.ts'
import { parseInput, type Asking, type CapabilitySource } from './asking.ts'

/** Of one message: a newsletter is not what a plugin is for. */
const MAX_RECIPIENTS = 50
/** RFC 5322, 2.1.1: what a line may have; encoded, a subject is folded. */
const MAX_SUBJECT = 998

const address = z.string().refine((text) => readEmail(text) !== null)
const MailInput = z
  .strictObject({
    to: z
      .union([address, z.array(address).min(1).max(MAX_RECIPIENTS)])
      .transform((to) => (typeof to === 'string' ? [to] : to)),
    replyTo: address.optional(),
    // A line break would begin another header.
    subject: z
      .string()
      .min(1)
      .max(MAX_SUBJECT)
      .regex(/^\P{Cc}+$/u),
    text: z.string().optional(),
    html: z.string().optional(),
  })
  .refine(({ text, html }) => text !== undefined || html !== undefined)
const USAGE = `mail.send({to, subject, text, html, replyTo}) takes one address or up to ${MAX_RECIPIENTS}, a subject of one line, and text, html or both.`

/** `ctx.mail`: messages to people, by the operator's mail server and in his name. */
export const mail: CapabilitySource = {
  permission: 'mail:send',
  operations: (asking) => ({
    'mail.send': async (input, signal) => {
      const { app, target } = asking
      const message = parseInput(MailInput, input, USAGE)
      const server = app.config.mail
      if (server === null) {
        throw new CapabilityError('NOT_CONFIGURED', 'No mail is sent here: the operator has set no SMTP_URL.')
      }
      const { perHour } = server
      const count = message.to.length
      if (!(await takeRecipients(app, target.id, { count, perHour }))) {
        const allowed = `This installation writes to at most ${perHour} recipients an hour.`
        throw new CapabilityError('RATE_LIMITED', allowed)
      }
      const headers = { 'Auto-Submitted': 'auto-generated', 'X-Patchbay-Plugin': target.slug }
      return { ...(await send(asking, () => sendMail(server, { ...message, headers }, signal))) }
    },
  }),
}

/** The server's own words are the operator's to read: they may name it, and the account. */
async function send(
  { app, target, invocationId }: Asking,
  sending: () => Promise<SentMail>,
): Promise<SentMail> {
  try {
    return await sending()
  } catch (error) {
    if (!(error instanceof MailError)) throw error
    const told = { invocationId, installation: target.id, plugin: target.slug }
    app.log.warn({ ...told, reason: messageOf(error.cause) }, 'mail of a plugin was not sent')
    throw new CapabilityError(...TOLD[error.reason])
  }
}

const TOLD: Readonly<Record<MailError['reason'], [code: string, message: string]>> = {
  TIMEOUT: ['TIMEOUT', 'The mail server did not answer in time; whether it took the message is not known.'],
  RECIPIENTS: ['RECIPIENTS_REFUSED', 'The mail server takes mail for none of the recipients.'],
  OTHER: ['UNAVAILABLE', 'The mail server did not take the message. Try again later.'],
}
