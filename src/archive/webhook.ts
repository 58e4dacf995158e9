import { z } from 'zod'
import { eventType, file } from './manifest-parts.ts'

/** `${SECRET:KEY}`, which stands for a secret of the plugin when it is delivered. */
export const SECRET_PLACEHOLDER = /\$\{SECRET:([A-Z][A-Z0-9_]*)\}/g
/** Any `${…}`: those that are no secret are mistakes. */
export const ANY_PLACEHOLDER = /\$\{[^}]*\}?/g

const NAME = /^[a-z][a-z0-9-]{0,62}$/
const LABEL = /^[A-Za-z0-9](?:[A-Za-z0-9._/-]{0,62}[A-Za-z0-9])?$/
/** RFC 9110, 5.6.2. */
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/
/** What the delivery itself sets (Standard Webhooks, HTTP): nobody may say otherwise. */
const OWN_HEADERS =
  /^(?:webhook-.*|content-length|content-encoding|transfer-encoding|connection|keep-alive|host|te|trailer|upgrade|expect|proxy-.*)$/i
const MODULE_EXPORT = /^([^#]+)(?:#([A-Za-z_$][\w$]*))?$/

const headers = z
  .record(
    z
      .string()
      .regex(HEADER_NAME, 'must be the name of a header')
      .refine((name) => !OWN_HEADERS.test(name), 'is set by the delivery itself'),
    z
      .string()
      .max(2_000)
      .regex(/^[\t\x20-\x7e\x80-\xff]*$/, 'must be text of one line'),
  )
  .refine((value) => Object.keys(value).length <= 50, 'must have at most 50 entries')

const javascript = z.literal('javascript', {
  error:
    'must be "javascript". Python is not run here: write the transform as an ES module that exports a function (ctx, event) => body',
})

/** The function that makes the body of an event: `transforms/build.js#transform`, or a module as text. */
const transform = z
  .object({
    language: javascript,
    entry: z
      .string()
      .max(300)
      .regex(
        MODULE_EXPORT,
        'must be a module and the function that it exports, such as "transforms/build.js#transform"',
      )
      .transform((entry) => {
        const [, path = '', name = 'transform'] = MODULE_EXPORT.exec(entry) ?? []
        return { path, name }
      })
      .pipe(z.object({ path: file, name: z.string() }))
      .optional(),
    inline: z.string().min(1).max(16_384).optional(),
  })
  .refine(
    ({ entry, inline }) => (entry === undefined) !== (inline === undefined),
    'must have "entry" or "inline", and not both',
  )

/** Seconds between attempts at first and at most; a day is the longest that anyone waits. */
const retry = z
  .object({
    max_attempts: z.int().min(1).max(20).default(6),
    backoff: z.enum(['exponential', 'fixed']).default('exponential'),
    initial_seconds: z.int().min(1).max(3_600).default(5),
    max_seconds: z.int().min(1).max(86_400).default(3_600),
  })
  .refine((value) => value.initial_seconds <= value.max_seconds, {
    error: 'must not be below initial_seconds',
    path: ['max_seconds'],
  })

/** What happens to webhooks is told to none of them: each delivery would make another. */
const subscribed = eventType.refine(
  (type) => !type.startsWith('webhook.'),
  'must not be an event of webhooks, which none of them is told',
)

/** A webhook file: "Webhooks as code" of the plugin format. */
export const webhookSchema = z.object({
  api_version: z.literal('v1', { error: 'must be "v1"' }),
  name: z.string().regex(NAME, 'must be a name such as "notify-ops"'),
  on: z.array(subscribed).min(1, 'must name at least one event type').max(64),
  when: z
    .object({
      site: z.object({
        labels: z.record(z.string().regex(LABEL, 'must be a label'), z.string().max(64), {
          error: 'must be labels and their values, such as { env: production }',
        }),
      }),
    })
    .optional(),
  delivery: z.object({
    url: z.string().min(1).max(2_000),
    headers: headers.default({}),
    timeout_seconds: z.int().min(1).max(60).default(15),
    signing: z
      .object({
        alg: z.literal('HMAC-SHA256', { error: 'must be "HMAC-SHA256"' }),
        secret: z
          .string()
          .regex(
            /^\$\{SECRET:[A-Z][A-Z0-9_]*\}$/,
            'must be a secret, such as "${SECRET:WEBHOOK_SIGNING_KEY}"',
          ),
      })
      .optional(),
  }),
  transform: transform.optional(),
  retry: retry.prefault({}),
})

/** A webhook in which all is well, defaults filled in; times in seconds, as they are written. */
export type Webhook = z.output<typeof webhookSchema>
