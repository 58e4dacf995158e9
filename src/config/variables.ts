import { MiB, days, seconds } from '../lib/units.ts'
import * as parse from './parsers.ts'
import type { Parser } from './parsers.ts'

/** One variable of the environment. */
export interface Variable<Value> {
  readonly name: string
  readonly purpose: string
  /** Completes the sentence 'expected …'. */
  readonly expected: string
  /** As one would write it; null where nothing is the default. */
  readonly default: string | null
  /** A flag would show it to every user of the machine. */
  readonly secret: boolean
  readonly parser: Parser<Value>
}

/** A variable with a default always has a value. */
interface Optional<Value> extends Variable<Value> {
  readonly default: null
}
interface Defaulted<Value> extends Variable<Value> {
  readonly default: string
}

/** What a table's variables come to. */
export type ValuesOf<Table extends Record<string, Variable<unknown>>> = {
  readonly [Name in keyof Table]: Table[Name] extends Defaulted<infer Value>
    ? Value
    : Table[Name] extends Variable<infer Value>
      ? Value | null
      : never
}

/** Every variable that the server reads. The command line's own, PATCHBAY_URL and PATCHBAY_TOKEN, are not among them. */
export const variables = {
  port: set('PORT', 'where HTTP and WebSocket are served', parse.integer(0, 65_535), '4000', 'a port from 0 to 65535; 0 picks a free one'),
  host: set('HOST', 'the address to listen on', parse.host, '127.0.0.1', 'an IP address or a host name; 0.0.0.0 is every IPv4 address'),
  role: set('ROLE', 'what this process does', parse.oneOf('all', 'api', 'worker'), 'all', 'all, api or worker'),
  databaseUrl: secret('DATABASE_URL', 'the PostgreSQL (15 or newer) that serves; without it an embedded one', parse.postgresUrl, 'postgresql://user:password@host:5432/database'),
  databaseOwnerUrl: secret('DATABASE_OWNER_URL', 'the connection that migrates, where its role is another one', parse.postgresUrl, 'postgresql://owner:password@host:5432/database'),
  dataDirectory: set('PATCHBAY_DATA_DIR', 'where database, archives and keys lie', parse.directory, '.patchbay', 'a directory that is new, empty or already used by Patchbay'),
  adminKey: secret('PATCHBAY_ADMIN_KEY', "the first administrator's API key; without it one is made", parse.apiKey, '24 to 200 letters, digits, _ and -, drawn by chance'),
  secretsKey: secret('PATCHBAY_SECRETS_KEY', 'encrypts what is secret; the same for all processes on one database', parse.key256, '32 bytes in base64 or as 64 hexadecimal digits (openssl rand -base64 32)'),
  storageDirectory: optional('STORAGE_URL', 'where archives lie; without it blobs/ in the data directory', parse.fileUrl, 'file:///absolute/directory (no other kind of store is supported)'),
  storageShared: set('PATCHBAY_STORAGE_SHARED', 'the archive directory is one that all processes see', parse.boolean, 'false', 'true or false'),
  logLevel: set('PATCHBAY_LOG_LEVEL', 'the least severity that is logged', parse.oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'), 'info', 'fatal, error, warn, info, debug, trace or silent'),
  production: optional('PATCHBAY_PRODUCTION', 'hides GraphiQL and introspection from strangers; without it, true where NODE_ENV is production', parse.boolean, 'true or false'),
  uploadLimitBytes: set('PATCHBAY_UPLOAD_LIMIT_MB', 'size of an uploaded archive', parse.scaled(1, 200, MiB), '20', 'MiB, 1 to 200'),
  unpackedLimitBytes: set('PATCHBAY_UNPACKED_LIMIT_MB', 'size of all files in an archive', parse.scaled(1, 1000, MiB), '100', 'MiB, 1 to 1000'),
  entryLimitBytes: set('PATCHBAY_ENTRY_LIMIT_MB', 'size of one file in an archive', parse.scaled(1, 200, MiB), '10', 'MiB, 1 to 200'),
  entryCountLimit: set('PATCHBAY_ENTRY_COUNT_LIMIT', 'number of entries of an archive', parse.integer(1, 50_000), '2000', 'a number from 1 to 50000'),
  compressionRatioLimit: set('PATCHBAY_COMPRESSION_RATIO_LIMIT', 'unpacked bytes for each byte of an archive', parse.integer(1, 1032), '100', 'a number from 1 to 1032'),
  pathLimitBytes: set('PATCHBAY_PATH_LIMIT_BYTES', 'length of a path in an archive', parse.integer(32, 4096), '240', 'bytes, 32 to 4096'),
  pathDepthLimit: set('PATCHBAY_PATH_DEPTH_LIMIT', 'folders in a path of an archive', parse.integer(1, 100), '16', 'a number from 1 to 100'),
  pluginTimeoutMs: set('PLUGIN_TIMEOUT_SECONDS', 'time of a hook, event, filter, route or health call', parse.scaled(1, 300, seconds(1)), '5', 'seconds, 1 to 300'),
  pluginJobTimeoutMs: set('PLUGIN_JOB_TIMEOUT_SECONDS', 'time of a job or lifecycle call', parse.scaled(1, 3600, seconds(1)), '30', 'seconds, 1 to 3600'),
  pluginMemoryMb: set('PLUGIN_MEMORY_LIMIT_MB', 'memory of one running plugin', parse.integer(16, 1024), '100', 'MB, 16 to 1024'),
  pluginProcesses: set('PLUGIN_PROCESSES', 'sandbox processes, busy and spare ones', parse.integer(1, 64), '4', 'a number from 1 to 64'),
  allowSelfReview: set('PATCHBAY_ALLOW_SELF_REVIEW', 'whoever submitted a package may also review it', parse.boolean, 'false', 'true or false'),
  healthFlushMs: set('PATCHBAY_HEALTH_FLUSH_SECONDS', 'how often what was seen of plugins is recorded', parse.scaled(1, 10, seconds(1)), '5', 'seconds, 1 to 10'),
  subscriptionsPerSocket: set('PATCHBAY_SUBSCRIPTIONS_PER_SOCKET', 'open subscriptions of one WebSocket', parse.integer(1, 10_000), '50', 'a number from 1 to 10000'),
  invocationRetentionMs: set('PATCHBAY_INVOCATION_RETENTION_DAYS', 'how long runs of plugin code are kept', parse.scaled(1, 3650, days(1)), '30', 'days, 1 to 3650'),
  eventRetentionMs: set('PATCHBAY_EVENT_RETENTION_DAYS', 'how long events are kept', parse.scaled(1, 3650, days(1)), '30', 'days, 1 to 3650'),
  healthRetentionMs: set('PATCHBAY_HEALTH_RETENTION_DAYS', 'how long single health samples are kept', parse.scaled(1, 3650, days(1)), '7', 'days, 1 to 3650'),
}

function set<Value>(name: string, purpose: string, parser: Parser<Value>, byDefault: string, expected: string): Defaulted<Value> {
  return { name, purpose, expected, default: byDefault, secret: false, parser }
}

function optional<Value>(name: string, purpose: string, parser: Parser<Value>, expected: string): Optional<Value> {
  return { name, purpose, expected, default: null, secret: false, parser }
}

function secret<Value>(name: string, purpose: string, parser: Parser<Value>, expected: string): Optional<Value> {
  return { ...optional(name, purpose, parser, expected), secret: true }
}
