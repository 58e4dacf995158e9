import { homedir } from 'node:os'
import path from 'node:path'

/** What the command line takes from its environment; nothing else here reads it. */
export interface Environment {
  /** PATCHBAY_URL: the server's address. */
  url: string | null
  /** PATCHBAY_TOKEN: an API key. */
  token: string | null
  /** Absolute folder of the profiles (XDG Base Directory Specification). */
  configDirectory: string
}

/** The environment of this process; what is empty counts as not set. */
export function readEnvironment(env: NodeJS.ProcessEnv = process.env): Environment {
  const { PATCHBAY_URL, PATCHBAY_TOKEN, XDG_CONFIG_HOME } = env
  // The specification has relative paths ignored.
  const base =
    XDG_CONFIG_HOME && path.isAbsolute(XDG_CONFIG_HOME) ? XDG_CONFIG_HOME : path.join(homedir(), '.config')
  return {
    url: PATCHBAY_URL?.trim() || null,
    token: PATCHBAY_TOKEN?.trim() || null,
    configDirectory: path.join(base, 'patchbay'),
  }
}
