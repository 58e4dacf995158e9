/** Thirteen digits or more, single spaces or hyphens between them. */
const DIGIT_RUN = /\d(?:[ -]?\d){12,}/g

/**
 * First digits and lengths of the card schemes (ISO/IEC 7812 issuer ranges as the schemes publish them). With them a
 * random number passes for a card far less often than the one in ten that Luhn alone lets through.
 */
const schemes = [
  { prefix: /^4/, lengths: [16, 13, 19] },
  { prefix: /^(?:5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/, lengths: [16] },
  { prefix: /^3[47]/, lengths: [15] },
  { prefix: /^(?:30[0-5]|36|38)/, lengths: [14] },
  { prefix: /^(?:6011|64[4-9]|65)/, lengths: [16, 19] },
  { prefix: /^35(?:2[89]|[3-8])/, lengths: [16] },
  { prefix: /^62/, lengths: [16, 17, 18, 19] },
]

/**
 * Where payment card numbers stand in a text. A number must begin and end where digits are grouped: part of a longer
 * unbroken number is none.
 *
 * @param {string} text
 * @returns {{ start: number, end: number }[]} in order, without overlap
 */
export function findCards(text) {
  return [...text.matchAll(DIGIT_RUN)].flatMap((match) => findInRun(match[0], match.index))
}

function findInRun(run, offset) {
  const positions = [...run].flatMap((character, index) => (/\d/.test(character) ? [index] : []))
  const digits = run.replace(/[ -]/g, '')
  const found = []
  for (let first = 0; first < digits.length; first += 1) {
    const begins = first === 0 || positions[first] - positions[first - 1] > 1
    const length = begins ? cardLength(digits, positions, first) : null
    if (length !== null) {
      const last = first + length - 1
      found.push({ start: offset + positions[first], end: offset + positions[last] + 1 })
      first = last
    }
  }
  return found
}

/** Length of the card that begins at a digit; null where none does. */
function cardLength(digits, positions, first) {
  const scheme = schemes.find(({ prefix }) => prefix.test(digits.slice(first, first + 4)))
  return (
    scheme?.lengths.find((length) => {
      const next = first + length
      const ends = next === digits.length || positions[next] - positions[next - 1] > 1
      return next <= digits.length && ends && passesLuhn(digits.slice(first, next))
    }) ?? null
  )
}

/** The check digit of ISO/IEC 7812-1, annex B. */
function passesLuhn(digits) {
  let sum = 0
  for (let index = 0; index < digits.length; index += 1) {
    const digit = Number(digits[digits.length - 1 - index])
    const doubled = index % 2 === 1 ? digit * 2 : digit
    sum += doubled > 9 ? doubled - 9 : doubled
  }
  return sum % 10 === 0
}
