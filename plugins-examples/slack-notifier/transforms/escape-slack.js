/**
 * Text that Slack shows as it stands: with these three escaped, a branch named `<!channel>` wakes nobody and a link
 * cannot be made to look like another (https://docs.slack.dev/messaging/formatting-message-text#escaping).
 *
 * @param {string} text
 * @returns {string}
 */
export function escapeSlack(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
