/** Names in lower case; a header that came several times has several values. No prototype. */
export type AnswerHeaders = Readonly<Record<string, string | string[]>>

/** What a server answered. */
export interface Answer {
  status: number
  headers: AnswerHeaders
  /** Decoded. */
  body: Uint8Array
}
