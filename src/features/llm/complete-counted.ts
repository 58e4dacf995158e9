import type { App } from '../../app.ts'
import type { LlmConfig } from '../../config/outgoing-config.ts'
import {
  ChatError,
  completeChat,
  type ChatAnswer,
  type ChatFailure,
  type ChatRequest,
} from '../../platform/chat-completions.ts'
import { reserveTokens, settleTokens, type Tokens } from './token-budget.ts'

/** After these nothing was used: no service bills what it refuses. What was cut off may have been used, and counts. */
const UNUSED: ReadonlySet<ChatFailure> = new Set(['BUSY', 'REFUSED', 'UNAVAILABLE'])

/**
 * Asks a model, and counts what it used for the installation's day. Before, as much is taken as the call can need; after,
 * what the service counted takes its place. Null where the day has not so much left.
 *
 * @throws {ChatError} or the signal's reason
 */
export async function completeCounted(
  app: App,
  llm: LlmConfig,
  { installationId, request, signal }: { installationId: string; request: ChatRequest; signal: AbortSignal },
): Promise<(ChatAnswer & { used: Tokens }) | null> {
  const most: Tokens = { prompt: estimated(request), completion: request.maxTokens }
  const reserved = await reserveTokens(app, installationId, most, llm.tokensPerDay)
  if (reserved === null) return null
  try {
    const answer = await completeChat(llm, request, signal)
    const { usage } = answer
    const used = usage === null ? most : { prompt: usage.promptTokens, completion: usage.completionTokens }
    await settleTokens(app, reserved, used)
    return { ...answer, used }
  } catch (error) {
    if (error instanceof ChatError && UNUSED.has(error.reason)) await settleTokens(app, reserved, null)
    throw error
  }
}

/** Of one turn besides its text: role and separators. */
const TOKENS_OF_A_TURN = 4
/** English has four bytes to a token, other scripts two to three. */
const BYTES_OF_A_TOKEN = 3

function estimated({ messages }: ChatRequest): number {
  const bytes = messages.reduce((sum, { content }) => sum + Buffer.byteLength(content), 0)
  return Math.ceil(bytes / BYTES_OF_A_TOKEN) + messages.length * TOKENS_OF_A_TURN
}
