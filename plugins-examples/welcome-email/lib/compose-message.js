import { de } from '../templates/de.js'
import { en } from '../templates/en.js'
import { confirmationLink } from './confirmation-link.js'
import { render } from './render.js'

/** By language, as in the setting `language`. */
const templates = { en, de }

/**
 * The whole message for one recipient.
 *
 * @param {object} ctx
 * @param {string} key what links are signed with
 * @param {{ id: string, email: string, name: string, locale: string | null }} recipient
 * @param {Date} from when the link's time begins
 * @returns {Promise<object>} payload of `welcome-email.message.ready`, as the README lists it
 */
export async function composeMessage(ctx, key, recipient, from) {
  const { settings } = ctx
  const language = languageOf(recipient.locale, settings.language)
  const template = templates[language]
  const expires = Math.floor(from.getTime() / 1000) + settings.linkHours * 3600
  const content = render(
    { ...template, subject: settings.subject ?? template.subject },
    {
      name: recipient.name,
      greeting: template.greeting(recipient.name),
      productName: settings.productName,
      hours: String(settings.linkHours),
      link: await confirmationLink(key, {
        confirmUrl: settings.confirmUrl,
        userId: recipient.id,
        email: recipient.email,
        expires,
      }),
    },
  )
  return {
    to: { email: recipient.email, name: recipient.name },
    from: settings.from,
    replyTo: settings.replyTo ?? settings.from,
    language,
    ...content,
    linkExpiresAt: new Date(expires * 1000).toISOString(),
  }
}

/** `de-AT` is served by `de`. */
function languageOf(locale, fallback) {
  const language = (locale ?? '').toLowerCase().split(/[-_]/)[0]
  return Object.hasOwn(templates, language) ? language : fallback
}
