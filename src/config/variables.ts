import { MiB, seconds } from '../lib/units.ts'
import { llmVariables } from './llm-variables.ts'
import { mailVariables } from './mail-variables.ts'
import * as parse from './parsers.ts'
import { pluginLimitVariables } from './plugin-limit-variables.ts'
import { pluginStorageVariables } from './plugin-storage-variables.ts'
import { routeVariables } from './route-variables.ts'
import { retentionVariables } from './retention-variables.ts'
import { storageVariables } from './storage-variables.ts'
import { tokenVariables } from './token-variables.ts'
import { optional, secret, set, type ValuesOf } from './variable.ts'

/** Every variable that the server reads. The command line's own, PATCHBAY_URL and PATCHBAY_TOKEN, are not among them. */
export const variables = {
  port: set(
    'PORT',
    'where HTTP and WebSocket are served',
    parse.integer(0, 65_535),
    '4000',
    'a port from 0 to 65535; 0 picks a free one',
  ),
  host: set(
    'HOST',
    'the address to listen on',
    parse.host,
    '127.0.0.1',
    'an IP address or a host name; 0.0.0.0 is every IPv4 address',
  ),
  publicUrl: optional(
    'PATCHBAY_PUBLIC_URL',
    'where clients reach this service, for addresses that it tells; without it they begin with their path',
    parse.httpOrigin,
    'http(s)://host:port',
  ),
  role: set(
    'ROLE',
    'what this process does',
    parse.oneOf('all', 'api', 'worker'),
    'all',
    'all, api or worker',
  ),
  databaseUrl: secret(
    'DATABASE_URL',
    'the PostgreSQL (15 or newer) that serves; without it an embedded one',
    parse.postgresUrl,
    'postgresql://user:password@host:5432/database',
  ),
  databaseOwnerUrl: secret(
    'DATABASE_OWNER_URL',
    'the connection that migrates, where its role is another one',
    parse.postgresUrl,
    'postgresql://owner:password@host:5432/database',
  ),
  databasePluginUrl: secret(
    'DATABASE_PLUGIN_URL',
    'the connection by which SQL of plugins reads; without it the service makes a role for it where it may',
    parse.postgresUrl,
    'postgresql://plugins:password@host:5432/database',
  ),
  dataDirectory: set(
    'PATCHBAY_DATA_DIR',
    'where database, archives and keys lie',
    parse.directory,
    '.patchbay',
    'a directory that is new, empty or already used by Patchbay',
  ),
  adminKey: secret(
    'PATCHBAY_ADMIN_KEY',
    "the first administrator's API key; without it one is made",
    parse.apiKey,
    '24 to 200 letters, digits, _ and -, drawn by chance',
  ),
  secretsKey: secret(
    'PATCHBAY_SECRETS_KEY',
    'encrypts what is secret; the same for all processes on one database',
    parse.key256,
    '32 bytes in base64 or as 64 hexadecimal digits (openssl rand -base64 32)',
  ),
  secretsKeyPrevious: secret(
    'PATCHBAY_SECRETS_KEY_PREVIOUS',
    'the key before, while PATCHBAY_SECRETS_KEY is being changed',
    parse.key256,
    'the value that PATCHBAY_SECRETS_KEY had',
  ),
  ...tokenVariables,
  ...storageVariables,
  logLevel: set(
    'PATCHBAY_LOG_LEVEL',
    'the least severity that is logged',
    parse.oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'),
    'info',
    'fatal, error, warn, info, debug, trace or silent',
  ),
  production: optional(
    'PATCHBAY_PRODUCTION',
    'hides GraphiQL and introspection from strangers; without it, true where NODE_ENV is production',
    parse.boolean,
    'true or false',
  ),
  uploadLimitBytes: set(
    'PATCHBAY_UPLOAD_LIMIT_MB',
    'size of an uploaded archive',
    parse.scaled(1, 200, MiB),
    '20',
    'MiB, 1 to 200',
  ),
  unpackedLimitBytes: set(
    'PATCHBAY_UNPACKED_LIMIT_MB',
    'size of all files in an archive',
    parse.scaled(1, 1000, MiB),
    '100',
    'MiB, 1 to 1000',
  ),
  entryLimitBytes: set(
    'PATCHBAY_ENTRY_LIMIT_MB',
    'size of one file in an archive',
    parse.scaled(1, 200, MiB),
    '10',
    'MiB, 1 to 200',
  ),
  entryCountLimit: set(
    'PATCHBAY_ENTRY_COUNT_LIMIT',
    'number of entries of an archive',
    parse.integer(1, 50_000),
    '2000',
    'a number from 1 to 50000',
  ),
  compressionRatioLimit: set(
    'PATCHBAY_COMPRESSION_RATIO_LIMIT',
    'unpacked bytes for each byte of an archive',
    parse.integer(1, 1032),
    '100',
    'a number from 1 to 1032',
  ),
  pathLimitBytes: set(
    'PATCHBAY_PATH_LIMIT_BYTES',
    'length of a path in an archive',
    parse.integer(32, 4096),
    '240',
    'bytes, 32 to 4096',
  ),
  pathDepthLimit: set(
    'PATCHBAY_PATH_DEPTH_LIMIT',
    'folders in a path of an archive',
    parse.integer(1, 100),
    '16',
    'a number from 1 to 100',
  ),
  ...pluginLimitVariables,
  pluginHealthDeadlineMs: set(
    'PLUGIN_HEALTH_DEADLINE_SECONDS',
    'time after an upgrade within which a plugin that is unhealthy goes back to its former version by itself',
    parse.scaled(1, 86_400, seconds(1)),
    '60',
    'seconds, 1 to 86400',
  ),
  pluginHealthIntervalMs: set(
    'PLUGIN_HEALTH_INTERVAL_SECONDS',
    'how often a plugin that has a health handler is asked how it is',
    parse.scaled(5, 3600, seconds(1)),
    '30',
    'seconds, 5 to 3600',
  ),
  pluginProcesses: optional(
    'PLUGIN_PROCESSES',
    'sandbox processes, busy and spare ones; without it two a core, 3 to 16 of them and no more than a quarter of the memory holds',
    parse.integer(2, 64),
    'a number from 2 to 64, since one is always kept blank',
  ),
  ...pluginStorageVariables,
  ...routeVariables,
  egressAllowHosts: optional(
    'PATCHBAY_EGRESS_ALLOW',
    'hosts in private networks that may be fetched from; without it, only what is on the public internet',
    parse.hostPatterns,
    'hosts, separated by commas: files.example.lan, *.corp.example:8443, 10.0.0.5:8081; without a port, 80 and 443',
  ),
  ...mailVariables,
  ...llmVariables,
  allowSelfReview: set(
    'PATCHBAY_ALLOW_SELF_REVIEW',
    'whoever submitted a package may also review it',
    parse.boolean,
    'false',
    'true or false',
  ),
  development: set(
    'PATCHBAY_DEVELOPMENT',
    'for one developer on a machine of his own: who submits a package may approve it, and alone, whatever its risk',
    parse.boolean,
    'false',
    'true or false; never on a server of others',
  ),
  advisoryChecks: optional(
    'PATCHBAY_ADVISORY_CHECKS',
    'checks of the security scan that warn and do not refuse',
    parse.checkNames,
    'names of checks separated by commas, e.g. scan.credentials, or scan.* for all that begin so',
  ),
  pluginsDirectory: optional(
    'PATCHBAY_PLUGINS_DIR',
    'plugins, as folders or archives, that are submitted at start and by syncPlugins',
    parse.directory,
    'a directory',
  ),
  healthFlushMs: set(
    'PATCHBAY_HEALTH_FLUSH_SECONDS',
    'how often what was seen of plugins is recorded',
    parse.scaled(1, 10, seconds(1)),
    '5',
    'seconds, 1 to 10',
  ),
  subscriptionsPerSocket: set(
    'PATCHBAY_SUBSCRIPTIONS_PER_SOCKET',
    'open subscriptions of one WebSocket',
    parse.integer(1, 10_000),
    '50',
    'a number from 1 to 10000',
  ),
  subscriptionsPerTenant: set(
    'PATCHBAY_SUBSCRIPTIONS_PER_TENANT',
    'open subscriptions of one organization in one process',
    parse.integer(1, 100_000),
    '1000',
    'a number from 1 to 100000',
  ),
  ...retentionVariables,
}

/** What all of them together come to. */
export type Values = ValuesOf<typeof variables>
