import { askOthers } from './ask-others.js'
import { getRisk } from './routes.js'

/** What a licence must name, where the plugin runs by one. */
const ENTITLEMENT = 'risk-explanations'

const WORDS =
  'You explain the risk of a supplier to a buyer, in two plain sentences, from the JSON that you get and nothing else.'

/**
 * Handles `GET /suppliers/:id/risk/explanation`: the risk in two sentences, with what other plugins at the site think of the supplier.
 *
 * @param {object} ctx
 * @param {{ params: { id: string }, query?: Record<string, string> }} request
 * @returns {Promise<{ status: number, body: object }>} 200 with `{ risk, opinions, explanation }`, 402, 503, or what
 *   {@link getRisk} refuses
 */
export async function explainRisk(ctx, request) {
  if (ctx.license !== null && !ctx.license.entitlements.includes(ENTITLEMENT)) {
    return failure(402, 'NOT_LICENSED', `The licence does not name ${ENTITLEMENT}.`)
  }
  const answer = getRisk(ctx, request)
  if (answer.status !== 200) return answer
  const { risk } = answer.body
  const opinions = await askOthers(ctx, risk.supplier)
  try {
    const { content } = await ctx.llm.complete({
      messages: [
        { role: 'system', content: WORDS },
        { role: 'user', content: JSON.stringify({ risk, opinions }) },
      ],
      maxTokens: 150,
    })
    return { status: 200, body: { risk, opinions, explanation: content } }
  } catch (error) {
    // No model, none of today's tokens left, or no answer: the figures stand without it.
    if (error.code === undefined) throw error
    ctx.log.warn(`no explanation: ${error.code}`)
    return failure(503, error.code, 'There is no explanation now: /risk has the reasons.')
  }
}

function failure(status, code, message) {
  return { status, body: { error: { code, message } } }
}
