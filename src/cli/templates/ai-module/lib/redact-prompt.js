/** Linear in the text's length: no part of it can match in two ways. */
const ADDRESS = /[\w.+-]{1,64}@[a-z\d-]{1,63}(?:\.[a-z\d-]{1,63}){1,8}/gi

/**
 * The same prompt without e-mail addresses, in its system text and in its messages. What is no text is left alone.
 *
 * @param {{ system?: string, messages?: { role: string, content: unknown }[] }} prompt
 * @param {string} replacement
 */
export function redactPrompt(prompt, replacement) {
  const redact = (text) => (typeof text === 'string' ? text.replace(ADDRESS, () => replacement) : text)
  return {
    ...prompt,
    ...(prompt.system === undefined ? {} : { system: redact(prompt.system) }),
    ...(prompt.messages === undefined
      ? {}
      : { messages: prompt.messages.map((message) => ({ ...message, content: redact(message.content) })) }),
  }
}
