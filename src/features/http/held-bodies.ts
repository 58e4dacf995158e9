import { KiB } from '../../lib/units.ts'

/** JSON text of one piece: with the rest of an answer around it, it stays below the 1 MiB that crosses the border. */
const MAX_PIECE_BYTES = 900 * KiB

/** A body on its way into the sandbox. */
export interface Piece {
  text: string
  /** By which the next piece is asked for; null: this was the last. */
  rest: number | null
}

/**
 * Bodies that are larger than what crosses the border at once: they are handed over in pieces, in order, and each piece
 * once. Of one invocation, and gone with it.
 */
export class HeldBodies {
  #rests = new Map<number, string>()
  #last = 0

  /** The first piece of a body. */
  first(text: string): Piece {
    return this.#cut(++this.#last, text)
  }

  /** The piece after those that were taken; null where there is none. */
  next(id: number): Piece | null {
    const text = this.#rests.get(id)
    if (text === undefined) return null
    this.#rests.delete(id)
    return this.#cut(id, text)
  }

  #cut(id: number, text: string): Piece {
    const length = fitting(text)
    if (length === text.length) return { text, rest: null }
    this.#rests.set(id, text.slice(length))
    return { text: text.slice(0, length), rest: id }
  }
}

/** How much of a text, from its beginning, fits into a piece: escaped, a character takes one to six bytes. */
function fitting(text: string): number {
  for (let length = Math.min(text.length, MAX_PIECE_BYTES); ; length = Math.floor(length / 2)) {
    const cut = isHighSurrogate(text.charCodeAt(length - 1)) ? length - 1 : length
    if (Buffer.byteLength(JSON.stringify(text.slice(0, cut))) <= MAX_PIECE_BYTES) return cut
  }
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code < 0xdc00
}
