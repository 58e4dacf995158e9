import { z } from 'zod'
import { EMAIL_EXPECTED, readEmail } from '../../auth/email.ts'
import { label } from '../../lib/check-input.ts'

/** An e-mail address, in lower case. */
export const email = z.string().transform((text, context) => {
  const read = readEmail(text.trim())
  if (read !== null) return read
  context.addIssue(EMAIL_EXPECTED)
  return z.NEVER
})

/** Neither control characters, nor those that turn the direction of what follows. */
export const personName = label.refine(
  (name) => !/[\p{Cc}\u2028-\u202e\u2066-\u2069]/u.test(name),
  'must hold no control characters',
)
