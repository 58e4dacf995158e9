import { isJavaScript } from './read-module.ts'

/** Where something that is no text shows it. */
const HEAD_BYTES = 8192

/** The text files of an archive: JavaScript whatever is in it, and all others without NUL bytes. Broken UTF-8 is U+FFFD. */
export function readTexts(entries: ReadonlyMap<string, Uint8Array>): ReadonlyMap<string, string> {
  const decoder = new TextDecoder('utf-8')
  const texts = new Map<string, string>()
  for (const [path, bytes] of entries) {
    if (isJavaScript(path) || !bytes.subarray(0, HEAD_BYTES).includes(0))
      texts.set(path, decoder.decode(bytes))
  }
  return texts
}
