/**
 * Sends a message by the operator's mail server, and tells it as `welcome-email.message.ready`. Where there is no server, `sent` is
 * false there, and whoever hears the event sends it.
 *
 * @param {object} ctx
 * @param {object} message as `composeMessage` makes it, with `idempotencyKey` and `test`
 * @returns {Promise<boolean>} whether it was sent
 * @throws {Error} of the host (RATE_LIMITED, RECIPIENTS_REFUSED, …): then the event is given to this plugin once more
 */
export async function handOver(ctx, message) {
  const sent = await send(ctx, message)
  await ctx.events.emit('welcome-email.message.ready', { ...message, sent })
  return sent
}

async function send(ctx, { to, subject, text, html, replyTo }) {
  try {
    await ctx.mail.send({ to: to.email, subject, text, html, replyTo })
    return true
  } catch (error) {
    if (error.code !== 'NOT_CONFIGURED') throw error
    return false
  }
}
