import { describeEvent } from './describe-event.js'
import { escapeSlack } from './escape-slack.js'

const mentions = { nobody: '', here: '<!here> ', channel: '<!channel> ' }

/**
 * Body of the delivery: an incoming-webhook message of Slack (https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks).
 *
 * @param {object} ctx `settings` of slack-notifier
 * @param {{ id: string, type: string, payload: unknown, occurredAt: string, site?: { name?: string, slug?: string } | null }} event
 * @returns {{ text: string, blocks: object[] }} `text` is what notifications and screen readers show
 */
export function transform(ctx, event) {
  const { failed, headline, facts } = describeEvent(event)
  const mention = failed ? mentions[ctx.settings.mentionOnFailure] : ''
  const mark = failed ? ':red_circle:' : ':large_green_circle:'
  const blocks = [
    { type: 'section', text: { type: 'mrkdwn', text: `${mention}${mark} *${escapeSlack(headline)}*` } },
  ]
  if (facts.length > 0) {
    blocks.push({ type: 'section', fields: facts.map(field) })
  }
  if (ctx.settings.dashboardUrl !== undefined) {
    blocks.push({
      type: 'actions',
      elements: [
        {
          type: 'button',
          text: { type: 'plain_text', text: 'Open dashboard' },
          url: ctx.settings.dashboardUrl,
        },
      ],
    })
  }
  blocks.push({
    type: 'context',
    elements: [
      { type: 'mrkdwn', text: escapeSlack(`${ctx.settings.title} · ${event.type} · ${event.occurredAt}`) },
    ],
  })
  return { text: `${mention}${escapeSlack(`${ctx.settings.title}: ${headline}`)}`, blocks }
}

function field({ label, value }) {
  return { type: 'mrkdwn', text: `*${escapeSlack(label)}*\n${escapeSlack(value)}` }
}
