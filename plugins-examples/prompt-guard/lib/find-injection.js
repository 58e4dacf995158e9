/**
 * The first of the phrases that a text holds. Compared by letters and digits alone: case, accents, full-width letters,
 * invisible characters, punctuation and line breaks between words make no difference.
 *
 * @param {string} text
 * @param {string[]} phrases
 * @returns {string | null}
 */
export function findInjection(text, phrases) {
  const plain = reduced(text)
  return phrases.find((phrase) => reduced(phrase) !== '' && plain.includes(reduced(phrase))) ?? null
}

function reduced(text) {
  return text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '')
}
