/** Enough to recognise a name by; a report is no place for a name of a megabyte. */
const MAX_QUOTED_CHARACTERS = 80

/**
 * A stranger's text in quotes, for a message: cut, and with all that could steer a terminal, reorder a line or
 * break a database's text (controls, bidirectional marks, lone surrogates) written as escapes.
 */
export function quote(text: string): string {
  return `"${printable(text, MAX_QUOTED_CHARACTERS).replaceAll('"', String.raw`\"`)}"`
}

/** The same without quotes; longer than `maxCharacters` it is cut and ends with an ellipsis. */
export function printable(text: string, maxCharacters = 240): string {
  const cut = text.length > maxCharacters ? `${text.slice(0, maxCharacters)}…` : text
  return cut.replaceAll(
    /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu,
    escapeCharacter,
  )
}

function escapeCharacter(character: string): string {
  return String.raw`\u{${(character.codePointAt(0) ?? 0).toString(16)}}`
}
