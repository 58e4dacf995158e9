import type { IssuerConfig } from './config/issuer-config.ts'
import type { LlmConfig, MailConfig } from './config/outgoing-config.ts'
import type { StoreLocation } from './lib/store-location.ts'

/** The server's configuration: bytes and milliseconds carry their unit in the name. */
export interface Config {
  readonly port: number
  readonly host: string
  /** An origin; null: addresses that are told begin with their path. */
  readonly publicUrl: string | null
  readonly role: 'all' | 'api' | 'worker'
  /** Null: the embedded PostgreSQL in the data directory. */
  readonly database: {
    readonly url: string
    readonly ownerUrl: string
    /** Null: the service makes a role for SQL of plugins, where it may. */
    readonly pluginUrl: string | null
  } | null
  /** Absolute. */
  readonly dataDirectory: string
  readonly storage: {
    readonly main: StoreLocation
    /** Null: S3 is not to be used, neither by STORAGE_URL nor by a registry. */
    readonly s3: {
      readonly endpoint: string
      readonly region: string
      readonly accessKeyId: string
      readonly secretAccessKey: string
    } | null
    readonly azure: { readonly connectionString: string } | null
  }
  /** Null: made on the first start and kept in the data directory. */
  readonly adminKey: string | null
  /** 32 bytes; null, with the embedded database only: made in the data directory. */
  readonly secretsKey: Uint8Array | null
  /** While it is being changed. */
  readonly secretsKeyPrevious: Uint8Array | null
  /** Whose tokens are accepted; null: nobody's. */
  readonly jwt: IssuerConfig | null
  readonly logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent'
  readonly production: boolean
  readonly archiveLimits: {
    readonly packedBytes: number
    readonly unpackedBytes: number
    readonly entries: number
    readonly entryBytes: number
    readonly ratio: number
    readonly pathBytes: number
    readonly depth: number
  }
  readonly plugins: {
    readonly timeoutMs: number
    readonly jobTimeoutMs: number
    /** After an upgrade, in which an unhealthy plugin goes back. */
    readonly healthDeadlineMs: number
    /** Between two questions to a health handler. */
    readonly healthIntervalMs: number
    readonly memoryMb: number
    /** Null: by cores and memory. */
    readonly processes: number | null
    readonly budgets: {
      /** Of one invocation. */
      readonly hostCalls: number
      readonly logLines: number
      /** Invocations of one installation that run, and that wait. */
      readonly concurrent: number
      readonly waiting: number
    }
    readonly circuit: {
      /** In a row, within that time; then calls are refused for so long. */
      readonly failures: number
      readonly withinMs: number
      readonly openMs: number
    }
    /** Of all files of one plugin for one organization. */
    readonly filesBytes: number
    /** Of all its documents for that. */
    readonly documentsBytes: number
    readonly documents: number
  }
  /** Plugins' routes below /ext. */
  readonly routes: {
    /** Origins whose pages may call them; `*`: all. */
    readonly corsOrigins: readonly string[]
    /** Request headers that plugins see besides the usual ones. */
    readonly headers: readonly string[]
  }
  /** Tokens a minute of one installation, where its licence does not say otherwise. */
  readonly rates: { readonly routes: number; readonly hostCalls: number; readonly events: number }
  readonly egress: {
    /** Hosts that may be fetched from though they are private, as `matchesHost` takes them. */
    readonly allowHosts: readonly string[]
  }
  /** Null: plugins send no mail. */
  readonly mail: MailConfig | null
  /** Null: plugins ask no language model. */
  readonly llm: LlmConfig | null
  /** One developer's own server: one approval is enough. */
  readonly development: boolean
  readonly allowSelfReview: boolean
  /** Checks whose errors only warn; `prefix.*` for all that begin so. */
  readonly advisoryChecks: readonly string[]
  /** Absolute; null: nothing is discovered. */
  readonly pluginsDirectory: string | null
  readonly healthFlushMs: number
  readonly subscriptionsPerSocket: number
  readonly subscriptionsPerTenant: number
  readonly retention: {
    readonly invocationsMs: number
    readonly eventsMs: number
    readonly healthMs: number
    /** Of what was put together by the hour. */
    readonly healthRollupMs: number
    /** Of what plugins did, by the minute. */
    readonly metricsMs: number
  }
}

/** One variable or flag that is not as it must be. Values are never told: they may be secrets. */
export interface ConfigMistake {
  /** `PORT`, or `--prot` for a flag that there is not. */
  name: string
  problem: string
}

/** All mistakes of a configuration at once; the message lists them, one a line. */
export class ConfigError extends Error {
  readonly mistakes: readonly ConfigMistake[]

  constructor(mistakes: readonly ConfigMistake[]) {
    const lines = mistakes.map(({ name, problem }) => `  ${name}: ${problem}`)
    super(
      [
        `The configuration has ${mistakes.length === 1 ? 'a mistake' : `${mistakes.length} mistakes`}:`,
        ...lines,
      ].join('\n'),
    )
    this.name = 'ConfigError'
    this.mistakes = mistakes
  }
}
