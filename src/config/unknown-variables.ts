/** A variable of ours that we do not know is a misspelt one, whose effect somebody misses. */
export interface UnknownVariable {
  name: string
  /** The known name nearest to it, where one is near. */
  meant: string | null
}

/** The variables named PATCHBAY_… that nobody reads. */
export function findUnknownVariables(env: NodeJS.ProcessEnv, known: readonly string[]): UnknownVariable[] {
  return Object.entries(env)
    .filter(
      ([name, value]) => name.startsWith(PREFIX) && !known.includes(name) && !isOthers(name, value ?? ''),
    )
    .map(([name]) => ({ name, meant: nearest(name, known) }))
}

const PREFIX = 'PATCHBAY_'

/** Read by the command line and by benchmarks, not by the server. */
const CLIENTS = new Set(['PATCHBAY_URL', 'PATCHBAY_TOKEN', 'PATCHBAY_PROFILE'])

/** Kubernetes tells every container of each service: one that is called patchbay gives PATCHBAY_PORT=tcp://… */
const KUBERNETES = /_(SERVICE_HOST|SERVICE_PORT(_.*)?|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)$/

function isOthers(name: string, value: string): boolean {
  return (
    CLIENTS.has(name) ||
    KUBERNETES.test(name) ||
    (name.endsWith('_PORT') && /^(tcp|udp|sctp):\/\//.test(value))
  )
}

/** More edits than this are no slip of the hand. */
const MAX_EDITS = 4

/** The prefix counts for nothing, so that PATCHBAY_PORT finds PORT. */
function nearest(name: string, known: readonly string[]): string | null {
  const bare = (text: string): string => text.replace(PREFIX, '')
  const [best] = known
    .map((candidate) => ({ candidate, edits: editDistance(bare(name), bare(candidate)) }))
    .sort((a, b) => a.edits - b.edits)
  return best !== undefined && best.edits <= MAX_EDITS && best.edits <= bare(name).length / 2
    ? best.candidate
    : null
}

/** Insertions, deletions and replacements from one text to the other (Levenshtein), row by row. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (const [index, letter] of Array.from(from).entries()) {
    const next = [index + 1]
    for (const [column, other] of Array.from(to).entries()) {
      const replaced = (row[column] ?? 0) + (letter === other ? 0 : 1)
      next.push(Math.min(replaced, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1))
    }
    row = next
  }
  return row.at(-1) ?? 0
}
