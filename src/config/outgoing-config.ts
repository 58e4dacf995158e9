import type { Values } from './variables.ts'

/** By what plugins send mail. */
export interface MailConfig {
  readonly url: string
  /** An address, or `Name <address>`. */
  readonly from: string
  /** Recipients of one installation. */
  readonly perHour: number
}

/** By what plugins ask a language model. */
export interface LlmConfig {
  /** Without a slash at its end. */
  readonly baseUrl: string
  readonly apiKey: string | null
  /** Those that may be asked for; the first is the default. */
  readonly models: readonly [string, ...string[]]
  /** Of one installation, by UTC. */
  readonly tokensPerDay: number
  readonly timeoutMs: number
  /** Whether what goes and comes passes the site's filters. */
  readonly filters: boolean
}

/** Null: no mail is sent. */
export function mailConfigOf({ smtpUrl, mailFrom, mailPerHour }: Values): MailConfig | null {
  return smtpUrl === null || mailFrom === null ? null : { url: smtpUrl, from: mailFrom, perHour: mailPerHour }
}

/** Null: no model is asked. */
export function llmConfigOf(values: Values): LlmConfig | null {
  const { llmBaseUrl, llmModels } = values
  const [model, ...others] = llmModels ?? []
  if (llmBaseUrl === null || model === undefined) return null
  return {
    baseUrl: llmBaseUrl.replace(/\/+$/, ''),
    apiKey: values.llmApiKey,
    models: [model, ...others],
    tokensPerDay: values.llmTokensPerDay,
    timeoutMs: values.llmTimeoutMs,
    filters: values.llmFilters,
  }
}
