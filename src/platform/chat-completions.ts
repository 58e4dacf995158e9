import { fetch } from 'undici'
import { z } from 'zod'
import { MiB, seconds } from '../lib/units.ts'

/** One turn of a conversation. */
export interface ChatMessage {
  role: 'system' | 'user' | 'assistant'
  content: string
}

/** What a model is asked. */
export interface ChatRequest {
  model: string
  messages: readonly ChatMessage[]
  /** Of the answer. */
  maxTokens: number
  temperature?: number | undefined
}

/** What it answered. */
export interface ChatAnswer {
  content: string
  model: string
  finishReason: string | null
  /** Null where the service did not count. */
  usage: { promptTokens: number; completionTokens: number } | null
}

/** Why there is no answer. BUSY: 429. REFUSED: another 4xx. ANSWER: not what the protocol says. SIZE: far too much of it. */
export type ChatFailure = 'BUSY' | 'REFUSED' | 'UNAVAILABLE' | 'TIMEOUT' | 'ANSWER' | 'SIZE'

/** The service's own words are in the cause: they may name the account, and parts of its key. */
export class ChatError extends Error {
  readonly reason: ChatFailure
  /** From `Retry-After`, where it says seconds. */
  readonly retryAfterMs: number | null

  constructor(reason: ChatFailure, options: ErrorOptions & { retryAfterMs?: number | null } = {}) {
    super(`The language model gave no answer (${reason}).`, options)
    this.name = 'ChatError'
    this.reason = reason
    this.retryAfterMs = options.retryAfterMs ?? null
  }
}

/** Where the service is, and how long it is waited for. */
export interface ChatService {
  /** Before `/chat/completions`. */
  baseUrl: string
  apiKey: string | null
  timeoutMs: number
}

/** Answers are some kilobytes; more is no answer. */
const MAX_ANSWER_BYTES = 4 * MiB
/** Of one call; a service that counts more miscounts. */
const MAX_TOKENS = 10_000_000
/** Of what the service says of its refusal, for the log. */
const MAX_WORDS = 500

const Answer = z.object({
  model: z.string().optional(),
  choices: z
    .array(z.object({ message: z.object({ content: z.string() }), finish_reason: z.string().nullish() }))
    .min(1),
  usage: z
    .object({
      prompt_tokens: z.int().min(0).max(MAX_TOKENS),
      completion_tokens: z.int().min(0).max(MAX_TOKENS),
    })
    .nullish()
    .catch(null),
})

/**
 * Asks an OpenAI-compatible service for one completion (`POST /chat/completions`), without streaming. It is the operator's
 * own choice of address, so no egress guard stands before it; but no redirect is followed, which would carry the key away.
 *
 * @throws {ChatError} or the signal's reason
 */
export async function completeChat(
  { baseUrl, apiKey, timeoutMs }: ChatService,
  { model, messages, maxTokens, temperature }: ChatRequest,
  signal: AbortSignal,
): Promise<ChatAnswer> {
  const deadline = AbortSignal.timeout(timeoutMs)
  try {
    const response = await fetch(`${baseUrl}/chat/completions`, {
      method: 'POST',
      redirect: 'manual',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        ...(apiKey === null ? {} : { authorization: `Bearer ${apiKey}` }),
      },
      body: JSON.stringify({
        model,
        messages,
        max_tokens: maxTokens,
        ...(temperature === undefined ? {} : { temperature }),
      }),
      signal: AbortSignal.any([signal, deadline]),
    })
    const text = await readText(response).catch((error: unknown) => {
      // Half an answer is one that was made, and is billed.
      throw error instanceof ChatError || !response.ok || deadline.aborted
        ? error
        : new ChatError('ANSWER', { cause: error })
    })
    if (!response.ok) throw refusal(response.status, response.headers.get('retry-after'), text)
    return answerIn(text, model)
  } catch (error) {
    if (signal.aborted) throw signal.reason
    if (error instanceof ChatError) throw error
    throw new ChatError(deadline.aborted ? 'TIMEOUT' : 'UNAVAILABLE', { cause: error })
  }
}

async function readText(response: Awaited<ReturnType<typeof fetch>>): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength
    if (bytes > MAX_ANSWER_BYTES) throw new ChatError('SIZE')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function refusal(status: number, retryAfter: string | null, text: string): ChatError {
  const cause = new Error(`HTTP ${status}: ${text.slice(0, MAX_WORDS)}`)
  if (status !== 429) {
    const reason = status >= 500 ? 'UNAVAILABLE' : status >= 400 ? 'REFUSED' : 'ANSWER'
    return new ChatError(reason, { cause })
  }
  const retryAfterMs = /^\d{1,6}$/.test(retryAfter ?? '') ? seconds(Number(retryAfter)) : null
  return new ChatError('BUSY', { cause, retryAfterMs })
}

function answerIn(text: string, asked: string): ChatAnswer {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw new ChatError('ANSWER', { cause: error })
  }
  const parsed = Answer.safeParse(json)
  if (!parsed.success) throw new ChatError('ANSWER', { cause: parsed.error })
  const { model = asked, choices, usage } = parsed.data
  const { message, finish_reason: finishReason = null } = choices[0]!
  return {
    content: message.content,
    model,
    finishReason,
    usage: usage ? { promptTokens: usage.prompt_tokens, completionTokens: usage.completion_tokens } : null,
  }
}
