import { z } from 'zod'
import { messageOf } from '../../../lib/errors.ts'
import { seconds } from '../../../lib/units.ts'
import { ChatError, type ChatFailure } from '../../../platform/chat-completions.ts'
import { CapabilityError } from '../../../runtime/capability-error.ts'
import { completeCounted } from '../../llm/complete-counted.ts'
import { parseInput, type Asking, type CapabilitySource } from './asking.ts'
import { filteredContent, filteredMessages } from './llm-filters.ts'

const MAX_MESSAGES = 200
/** Tokens of an answer: where a plugin does not say, and at most. */
const MAX_TOKENS = { byDefault: 1024, most: 32_768 }

const CompleteInput = z.strictObject({
  messages: z
    .array(z.strictObject({ role: z.enum(['system', 'user', 'assistant']), content: z.string() }))
    .min(1)
    .max(MAX_MESSAGES),
  model: z.string().optional(),
  maxTokens: z.number().int().min(1).max(MAX_TOKENS.most).default(MAX_TOKENS.byDefault),
  temperature: z.number().min(0).max(2).optional(),
})
const USAGE = `llm.complete({messages, model, maxTokens, temperature}) takes 1 to ${MAX_MESSAGES} messages {role, content} of system, user or assistant, and at most ${MAX_TOKENS.most} tokens.`

/** `ctx.llm`: completions by the operator's language model. */
export const llm: CapabilitySource = {
  permission: 'llm:invoke',
  operations: (asking) => ({
    'llm.complete': async (input, signal) => {
      const { app, target } = asking
      const { model, messages: given, ...rest } = parseInput(CompleteInput, input, USAGE)
      const { llm: service } = app.config
      if (service === null) {
        const message = 'There is no language model here: the operator has set no LLM_BASE_URL.'
        throw new CapabilityError('NOT_CONFIGURED', message)
      }
      const wanted = model ?? service.models[0]
      if (!service.models.includes(wanted)) {
        const message = `There is no such model here, but ${service.models.join(', ')}.`
        throw new CapabilityError('MODEL_UNKNOWN', message)
      }
      const messages = service.filters ? await filteredMessages(asking, given, signal) : given
      const request = { ...rest, model: wanted, messages }
      const answer = await told(asking, () =>
        completeCounted(app, service, { installationId: target.id, request, signal }),
      )
      if (answer === null) {
        const message = `This installation uses at most ${service.tokensPerDay} tokens a day (UTC), and this call may need more than are left.`
        throw new CapabilityError('QUOTA_EXCEEDED', message)
      }
      const { content, finishReason, used } = answer
      return {
        content: service.filters ? await filteredContent(asking, content, signal) : content,
        model: answer.model,
        finishReason,
        usage: { promptTokens: used.prompt, completionTokens: used.completion },
      }
    },
  }),
}

async function told<T>({ app, target, invocationId }: Asking, asking: () => Promise<T>): Promise<T> {
  try {
    return await asking()
  } catch (error) {
    if (!(error instanceof ChatError)) throw error
    const { reason, retryAfterMs } = error
    app.log.warn(
      { invocationId, installation: target.id, plugin: target.slug, reason: messageOf(error.cause ?? error) },
      'a language model gave a plugin no answer',
    )
    const [code, message] = TOLD[reason]
    const when = retryAfterMs === null ? '' : ` Try again in ${Math.ceil(retryAfterMs / seconds(1))} s.`
    throw new CapabilityError(code, `${message}${when}`)
  }
}

const TOLD: Readonly<Record<ChatFailure, [code: string, message: string]>> = {
  BUSY: ['RATE_LIMITED', 'The language model is asked too often.'],
  REFUSED: ['REFUSED', 'The language model does not take this request.'],
  UNAVAILABLE: ['UNAVAILABLE', 'The language model cannot be reached, or is out of order.'],
  TIMEOUT: ['TIMEOUT', 'The language model did not answer in time.'],
  ANSWER: ['BAD_ANSWER', 'The language model answered what is no answer.'],
  SIZE: ['TOO_LARGE', 'The language model answered far too much.'],
}
