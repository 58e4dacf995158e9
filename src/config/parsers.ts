import path from 'node:path'

import { z } from 'zod'

import { parseStoreLocation, type StoreLocation } from '../lib/store-location.ts'
import { parseHostPattern } from '../lib/host-pattern.ts'
import { parseRoleMap, type RoleMapping } from './role-mapping.ts'

/** What the text of a variable means; what it must look like is told by the variable's own words, not by Zod's. */
export type Parser<Value> = z.ZodType<Value, string>

/** A whole number within bounds, both inclusive. */
export function integer(min: number, max: number): Parser<number> {
  return z
    .string()
    .regex(/^\d{1,9}$/)
    .transform(Number)
    .pipe(z.number().min(min).max(max))
}

/** A whole number of some unit, given in units of `unit`, e.g. `scaled(1, 600, 1000)` for seconds as milliseconds. */
export function scaled(min: number, max: number, unit: number): Parser<number> {
  return integer(min, max).transform((count) => count * unit)
}

export const boolean: Parser<boolean> = z
  .string()
  .toLowerCase()
  .pipe(z.enum(['true', 'false', '1', '0']))
  .transform((text) => text === 'true' || text === '1')

export const host: Parser<string> = z.string().regex(/^[A-Za-z0-9.:_-]{1,255}$/)

export const directory: Parser<string> = z
  .string()
  .refine((text) => !text.includes('\0'))
  .transform((text) => path.resolve(text))

export const postgresUrl: Parser<string> = z.string().refine((text) => {
  const url = URL.parse(text)
  return url !== null && /^postgres(ql)?:$/.test(url.protocol)
})

export const storeLocation: Parser<StoreLocation> = z.string().transform((text, context) => {
  const location = parseStoreLocation(text)
  if (location !== null) return location
  context.addIssue('no store')
  return z.NEVER
})

/** Without path, query and credentials. */
export const httpOrigin: Parser<string> = z.string().transform((text, context) => {
  const url = URL.parse(text)
  if (url !== null && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`) return url.origin
  context.addIssue('no origin')
  return z.NEVER
})

/** The text itself: what an issuer calls itself is compared letter by letter. */
export const issuer: Parser<string> = z
  .string()
  .max(500)
  .refine((text) => isPlainUrl(text) && !text.includes('?'))

export const httpUrl: Parser<string> = z.string().max(2000).refine(isPlainUrl)

/** Without credentials and fragment. */
function isPlainUrl(text: string): boolean {
  const url = URL.parse(text)
  if (url === null || !/^https?:$/.test(url.protocol) || text.includes('#')) return false
  return url.username === '' && url.password === ''
}

export const roleMap: Parser<readonly RoleMapping[]> = z.string().transform((text, context) => {
  const map = parseRoleMap(text)
  if (map !== null) return map
  context.addIssue('no map')
  return z.NEVER
})

/** One word of printable characters, such as a key. */
export const word: Parser<string> = z.string().regex(/^[\x21-\x7e]{1,500}$/)

/** Several of them. */
export const words: Parser<readonly string[]> = z
  .string()
  .transform((text) => text.split(',').map((part) => part.trim()))
  .pipe(z.array(z.string().regex(/^[\x21-\x7e]{1,200}$/)).min(1))

export const smtpUrl: Parser<string> = z.string().refine((text) => {
  const url = URL.parse(text)
  return url !== null && /^smtps?:$/.test(url.protocol) && url.hostname !== ''
})

/** An address of RFC 5321, alone or after a name. */
export const mailbox: Parser<string> = z
  .string()
  .regex(/^(?:[^\p{Cc}<>"]{1,100} )?<[^\s<>@]{1,64}@[^\s<>@]{1,253}>$|^[^\s<>@]{1,64}@[^\s<>@]{1,253}$/u)

export const azureConnection: Parser<string> = z
  .string()
  .regex(
    /^(?=.*\b(?:AccountName|BlobEndpoint)=)(?=.*\b(?:AccountKey|SharedAccessSignature)=)[\x21-\x7e]{1,2000}$/,
  )

/** 32 bytes, as `openssl rand -base64 32` or `openssl rand -hex 32` write them. */
export const key256: Parser<Uint8Array> = z.string().transform((text, context) => {
  if (/^[0-9A-Fa-f]{64}$/.test(text)) return new Uint8Array(Buffer.from(text, 'hex'))
  if (/^[A-Za-z0-9+/_-]{43}=?$/.test(text)) return new Uint8Array(Buffer.from(text, 'base64'))
  context.addIssue('not 32 bytes')
  return z.NEVER
})

/** Long enough that nobody tries it out, also when its first 12 characters are known, which are shown to recognise it. */
export const apiKey: Parser<string> = z.string().regex(/^[A-Za-z0-9_-]{24,200}$/)

/** One of these words, as it is written. */
export function oneOf<const Name extends string>(...names: readonly Name[]): Parser<Name> {
  return z.string().pipe(z.enum(names))
}

/** Names of checks of the scan, or `scan.*`; what the archive and the manifest must be is not open to choice. */
export const checkNames: Parser<readonly string[]> = z
  .string()
  .transform((text) => text.split(',').map((name) => name.trim()))
  .refine((names) => names.every((name) => /^scan(\.[a-z][a-z0-9-]*)*\.([a-z][a-z0-9-]*|\*)$/.test(name)))

/** `host`, `host:port` or `*.domain`, separated by commas; not `*`, which would be no list. */
export const hostPatterns: Parser<readonly string[]> = z
  .string()
  .transform((text) => text.split(',').map((pattern) => pattern.trim()))
  .refine((patterns) => patterns.every((pattern) => (parseHostPattern(pattern)?.host ?? null) !== null))

/** Headers that carry credentials, or that say who the caller is: no plugin sees them. */
const WITHHELD_HEADERS =
  /^(?:authorization|cookie|proxy-authorization|x-patchbay-.*|x-forwarded-.*|forwarded|x-real-ip|x-api-key)$/

/** Names of request headers, in lower case. */
export const headerNames: Parser<readonly string[]> = z
  .string()
  .toLowerCase()
  .transform((text) => text.split(',').map((name) => name.trim()))
  .refine((names) => names.every((name) => /^[a-z0-9-]{1,64}$/.test(name) && !WITHHELD_HEADERS.test(name)))

/** Origins as browsers send them, or `*`. */
export const corsOrigins: Parser<readonly string[]> = z
  .string()
  .transform((text) => text.split(',').map((origin) => origin.trim()))
  .refine((origins) => origins.every((origin) => origin === '*' || isOrigin(origin)))

function isOrigin(text: string): boolean {
  return URL.canParse(text) && /^https?:/.test(text) && new URL(text).origin === text
}
