/** The row of an installation that has failed lately. */
export interface Circuit {
  failures: number
  failingSince: Date
  /** Set while it is open, also when that time is over and nothing has been tried yet. */
  openUntil: Date | null
  /** The one call that tries it has until then. */
  trialUntil: Date | null
}

/** An installation, as far as its circuit goes. */
export interface Circuited {
  id: string
  organizationId: string
  siteId: string
  pluginId: string
  slug: string
  version: string
  /** As it was when the installation was read; null where it works. */
  circuit: Circuit | null
}

/** Columns of `Circuited.circuit`. */
export const CIRCUIT = { failures: true, failingSince: true, openUntil: true, trialUntil: true } as const

/** Begins what an installation's health says while its circuit is open. */
const WORDS = 'Its circuit is open: '

/** What its health says. */
export function openWords(failures: number, until: Date): string {
  return `${WORDS}it failed ${failures} times in a row. Calls are refused until ${until.toISOString()}, then one is tried.`
}

/** Health messages that only an open circuit says. */
export const OPEN_MESSAGE = { startsWith: WORDS } as const
