import type { z } from 'zod'
import { didYouMean } from './closest.ts'

/** What a value must be, in words for people who write files by hand; for `safeParse(value, { error: shapeMessage })`. */
export function shapeMessage(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      if (issue.input === undefined) return 'is missing'
      return `must be ${TYPES[issue.expected] ?? issue.expected}`
    case 'invalid_value': {
      const allowed = issue.values.map((value) => JSON.stringify(value))
      const hint = typeof issue.input === 'string' ? didYouMean(issue.input, issue.values.map(String)) : ''
      return `must be ${allowed.length === 1 ? '' : 'one of '}${allowed.join(', ')}${hint === '' ? '' : ` (${hint.trim()})`}`
    }
    case 'too_big':
      return sizeMessage('most', issue.origin, String(issue.maximum))
    case 'too_small':
      return sizeMessage('least', issue.origin, String(issue.minimum))
    case 'invalid_key':
      // What is wrong with the key of a record is told by the key's own schema.
      return issue.issues[0]?.message
    default:
      return undefined
  }
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list: […]',
  object: 'an object: {…}',
  record: 'an object: {…}',
}

function sizeMessage(bound: 'most' | 'least', origin: string, limit: string): string {
  const unit = { string: 'characters', array: 'entries' }[origin]
  return unit === undefined ? `must be at ${bound} ${limit}` : `must have at ${bound} ${limit} ${unit}`
}
