import { z } from 'zod'
import type { JsonValue } from '../../../lib/json.ts'
import type { ChatMessage } from '../../../platform/chat-completions.ts'
import { CapabilityError } from '../../../runtime/capability-error.ts'
import type { Asking } from './asking.ts'
import { callWithin } from './call-within.ts'

const Guard = z.object({ blocked: z.boolean() }).optional()
const Prompt = z.object({
  system: z.string().default(''),
  messages: z.array(z.object({ role: z.enum(['system', 'user', 'assistant']), content: z.string() })).min(1),
  guard: Guard,
})
const Response = z.object({ content: z.string() })

/**
 * What the site's filters `llm.prompt` make of a conversation: they get `{system, messages}`, where `system` is what stood
 * first in that role, and one that sets `guard.blocked` refuses it.
 */
export async function filteredMessages(
  asking: Asking,
  messages: readonly ChatMessage[],
  signal: AbortSignal,
): Promise<ChatMessage[]> {
  const [first, ...rest] = messages
  const value =
    first?.role === 'system' && rest.length > 0
      ? { system: first.content, messages: rest.map((message) => ({ ...message })) }
      : { system: '', messages: messages.map((message) => ({ ...message })) }
  const parsed = Prompt.safeParse(await pass(asking, 'llm.prompt', value, signal))
  if (!parsed.success) throw spoilt('llm.prompt')
  const { system, messages: passed, guard } = parsed.data
  if (guard?.blocked) {
    throw new CapabilityError('PROMPT_BLOCKED', 'A filter of this site does not let this prompt through.')
  }
  return system === '' ? passed : [{ role: 'system', content: system }, ...passed]
}

/** What the site's filters `llm.response` make of an answer: they get `{content}`. */
export async function filteredContent(asking: Asking, content: string, signal: AbortSignal): Promise<string> {
  const parsed = Response.safeParse(await pass(asking, 'llm.response', { content }, signal))
  if (!parsed.success) throw spoilt('llm.response')
  return parsed.data.content
}

async function pass(
  asking: Asking,
  filter: string,
  value: JsonValue,
  signal: AbortSignal,
): Promise<JsonValue> {
  const call = { ...callWithin(asking, signal), filter, value }
  return (await asking.app.passFilters(call)).value
}

function spoilt(filter: string): CapabilityError {
  return new CapabilityError('FILTER_FAILED', `A filter ${filter} of this site gave what is none.`)
}
