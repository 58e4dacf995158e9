import { z } from 'zod'
import { UserError, UserErrors } from './errors.ts'

/** Slugs of organizations, sites and registries: they stand in addresses and file names. */
export const slug = z
  .string()
  .regex(
    /^[a-z][a-z0-9-]{0,61}[a-z0-9]$/,
    'is 2 to 63 lower-case letters, digits and hyphens, beginning with a letter',
  )

/** One line of people's text. */
export const label = z
  .string()
  .trim()
  .min(1, 'must not be empty')
  .max(200, 'has at most 200 characters')
  .refine(isStorable, 'must not hold NUL or lone surrogates')

/** Several lines of people's text, such as a reason. */
export const prose = z
  .string()
  .trim()
  .min(1, 'must not be empty')
  .max(10_000, 'has at most 10,000 characters')
  .refine(isStorable, 'must not hold NUL or lone surrogates')

/** The parts of an input that hold to their schema; else UserErrors INVALID_INPUT, one for each mistake, with its path. */
export function checkInput<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const parsed = schema.safeParse(input)
  if (parsed.success) return parsed.data
  throw new UserErrors(
    parsed.error.issues.map((issue) => {
      const path = issue.path.map((key) => shortened(String(key)))
      return new UserError('INVALID_INPUT', `${path.join('.') || 'The input'} ${issue.message}.`, path)
    }),
  )
}

/** Characters of a name in a path: those that are right are shorter, and an answer need not repeat the others. */
const MAX_NAME = 100

function shortened(name: string): string {
  return name.length > MAX_NAME ? `${name.slice(0, MAX_NAME)}…` : name
}

/** PostgreSQL's text holds neither U+0000 nor half a surrogate pair. */
function isStorable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed()
}
