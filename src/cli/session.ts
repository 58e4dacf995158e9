import { type Console, processConsole } from './console.ts'
import { findConnection } from './connection.ts'
import { type Environment, readEnvironment } from './environment.ts'
import { EXIT, type ExitCode, interrupted } from './exit.ts'
import type { Graph } from './graph/graph.ts'

/** What the commands of one run share. */
export interface Session {
  readonly console: Console
  readonly environment: Environment
  /** What --profile says. */
  readonly profile: string | null
  /** The server of --profile, of the environment, or of the default profile. */
  graph(): Promise<Graph>
  /** What the run ends with where nothing is thrown; 0 at first. */
  exit: ExitCode
  /** Aborted by Ctrl-C from when it is first asked for; `says` is what people are told then. */
  interruption(says: string): AbortSignal
  close(): Promise<void>
}

/** Options that every command has. */
export interface CommonOptions {
  json?: boolean
  profile?: string
}

/** `options` is asked when the command line has been read. */
export function openSession(options: () => CommonOptions): Session {
  const environment = readEnvironment()
  let console: Console | null = null
  let graph: Graph | null = null
  return {
    environment,
    exit: EXIT.done,
    get console() {
      return (console ??= processConsole(options().json ?? false))
    },
    get profile() {
      return options().profile ?? null
    },
    async graph() {
      if (graph !== null) return graph
      const connection = await findConnection(environment, options().profile ?? null)
      // What works offline does not load the client.
      const { openGraph } = await import('./graph/graph.ts')
      return (graph ??= openGraph(connection))
    },
    interruption(says) {
      const controller = new AbortController()
      for (const signal of ['SIGINT', 'SIGTERM'] as const) {
        // The second time it ends at once, as it would without us.
        process.once(signal, () => controller.abort(interrupted(says)))
      }
      return controller.signal
    },
    close: async () => await graph?.close(),
  }
}
