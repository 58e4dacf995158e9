/**
 * Keys that announce themselves by a prefix. None of the patterns can match in two ways, so that no text makes them
 * slow; what follows `Bearer` or `api_key=` is a key whatever it looks like.
 */
const patterns = [
  /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/g,
  /\bgh[pousr]_[A-Za-z0-9]{36,255}/g,
  /\bgithub_pat_\w{22,255}/g,
  /\bxox[abeprs]-[A-Za-z0-9-]{10,255}/g,
  /\bsk-[A-Za-z0-9_-]{20,255}/g,
  /\b[prs]k_(?:live|test)_[A-Za-z0-9]{16,255}/g,
  /\bAIza[\w-]{35}/g,
  /\beyJ[\w-]{8,4096}\.[\w-]{8,8192}\.[\w-]{8,2048}/g,
  /(?<=\bBearer )[\w.~+/-]{16,4096}=*/g,
  /(?<=\b(?:api[_-]?key|access[_-]?token|secret|password)["']?[=:] ?["']?)[^\s"',;]{8,512}/gi,
]
const PEM_BEGIN = /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----/g
const PEM_END = /-----END [A-Z ]{0,40}PRIVATE KEY-----/g

/**
 * Where keys, tokens and private keys stand in a text.
 *
 * @param {string} text
 * @returns {{ start: number, end: number }[]} in order, without overlap
 */
export function findKeys(text) {
  const ranges = patterns.flatMap((pattern) =>
    [...text.matchAll(pattern)].map((match) => ({ start: match.index, end: match.index + match[0].length })),
  )
  return merged([...ranges, ...findPrivateKeys(text)])
}

/** A block that was cut off before its end goes on to the end of the text. */
function findPrivateKeys(text) {
  const ends = [...text.matchAll(PEM_END)].map((match) => match.index + match[0].length)
  return [...text.matchAll(PEM_BEGIN)].map((match) => ({
    start: match.index,
    end: ends.find((end) => end > match.index) ?? text.length,
  }))
}

function merged(ranges) {
  const result = []
  for (const range of ranges.sort((one, other) => one.start - other.start)) {
    const last = result.at(-1)
    if (last !== undefined && range.start <= last.end) {
      last.end = Math.max(last.end, range.end)
    } else {
      result.push(range)
    }
  }
  return result
}
