import * as parse from './parsers.ts'
import { optional, secret, set } from './variable.ts'

/** By what plugins send mail. */
export const mailVariables = {
  smtpUrl: secret(
    'SMTP_URL',
    'the server by which plugins with mail:send send mail; without it none do',
    parse.smtpUrl,
    'smtp(s)://user:password@host:port',
  ),
  mailFrom: optional(
    'MAIL_FROM',
    'the sender of that mail',
    parse.mailbox,
    'an address, e.g. plugins@example.com, or Name <plugins@example.com>',
  ),
  mailPerHour: set(
    'PLUGIN_MAIL_PER_HOUR',
    'recipients that one installation may write to in an hour',
    parse.integer(1, 1_000_000),
    '200',
    'a number from 1 to 1000000',
  ),
}
