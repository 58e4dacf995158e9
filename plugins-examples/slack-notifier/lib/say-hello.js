import { PluginError } from 'patchbay'
import { escapeSlack } from '../transforms/escape-slack.js'

/**
 * The job `say-hello`, run by hand: whether messages of this site would arrive. The address is sealed to Slack's host, so
 * what the code holds is a placeholder, which only `ctx.http` replaces, and only on its way there.
 *
 * @param {object} ctx
 * @returns {Promise<{ status: number }>}
 * @throws {PluginError} SLACK_REFUSED with what Slack says; an error of the host where it could not be asked
 */
export async function sayHello(ctx) {
  const answer = await ctx.http.fetch(await ctx.secrets.get('WEBHOOK_URL'), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      text: `${escapeSlack(ctx.settings.title)}: messages of ${escapeSlack(ctx.site.slug)} arrive here.`,
    }),
    timeoutMs: 5000,
  })
  if (answer.ok) return { status: answer.status }
  throw new PluginError(`Slack answered ${answer.status}: ${answer.text().slice(0, 100)}`, {
    code: 'SLACK_REFUSED',
  })
}
