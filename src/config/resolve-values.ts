import path from 'node:path'
import type { Config } from '../config.ts'
import type { Values } from './variables.ts'
import { issuerConfigOf } from './issuer-config.ts'
import { llmConfigOf, mailConfigOf } from './outgoing-config.ts'

/** The configuration that the values of all variables come to; complete, since a mistake would have been thrown. */
export function resolveValues(parsed: Partial<Values>, nodeEnvIsProduction: boolean): Config {
  const values = parsed as Values
  return {
    port: values.port,
    host: values.host,
    publicUrl: values.publicUrl,
    role: values.role,
    database:
      values.databaseUrl === null
        ? null
        : {
            url: values.databaseUrl,
            ownerUrl: values.databaseOwnerUrl ?? values.databaseUrl,
            pluginUrl: values.databasePluginUrl,
          },
    dataDirectory: values.dataDirectory,
    storage: storageOf(values),
    adminKey: values.adminKey,
    secretsKey: values.secretsKey,
    secretsKeyPrevious: values.secretsKeyPrevious,
    jwt: issuerConfigOf(values),
    logLevel: values.logLevel,
    production: values.production ?? nodeEnvIsProduction,
    archiveLimits: {
      packedBytes: values.uploadLimitBytes,
      unpackedBytes: values.unpackedLimitBytes,
      entries: values.entryCountLimit,
      entryBytes: values.entryLimitBytes,
      ratio: values.compressionRatioLimit,
      pathBytes: values.pathLimitBytes,
      depth: values.pathDepthLimit,
    },
    plugins: {
      timeoutMs: values.pluginTimeoutMs,
      jobTimeoutMs: values.pluginJobTimeoutMs,
      healthDeadlineMs: values.pluginHealthDeadlineMs,
      healthIntervalMs: values.pluginHealthIntervalMs,
      memoryMb: values.pluginMemoryMb,
      processes: values.pluginProcesses,
      budgets: {
        hostCalls: values.pluginHostCalls,
        logLines: values.pluginLogLines,
        concurrent: values.pluginConcurrency,
        waiting: values.pluginQueueLength,
      },
      circuit: {
        failures: values.pluginCircuitFailures,
        withinMs: values.pluginCircuitWithinMs,
        openMs: values.pluginCircuitOpenMs,
      },
      filesBytes: values.pluginFilesBytes,
      documentsBytes: values.pluginDocumentsBytes,
      documents: values.pluginDocuments,
    },
    routes: { corsOrigins: values.routeCorsOrigins ?? [], headers: values.routeHeaders ?? [] },
    rates: {
      routes: values.routesPerMinute,
      hostCalls: values.hostCallsPerMinute,
      events: values.eventsPerMinute,
    },
    egress: { allowHosts: values.egressAllowHosts ?? [] },
    mail: mailConfigOf(values),
    llm: llmConfigOf(values),
    development: values.development,
    allowSelfReview: values.allowSelfReview || values.development,
    advisoryChecks: values.advisoryChecks ?? [],
    pluginsDirectory: values.pluginsDirectory,
    healthFlushMs: values.healthFlushMs,
    subscriptionsPerSocket: values.subscriptionsPerSocket,
    subscriptionsPerTenant: values.subscriptionsPerTenant,
    retention: {
      invocationsMs: values.invocationRetentionMs,
      eventsMs: values.eventRetentionMs,
      healthMs: values.healthRetentionMs,
      healthRollupMs: values.healthRollupRetentionMs,
      metricsMs: values.metricsRetentionMs,
    },
  }
}

function storageOf(values: Values): Config['storage'] {
  const { s3AccessKeyId, s3SecretAccessKey, s3Region, s3Endpoint, azureConnectionString } = values
  return {
    main: values.storage ?? { kind: 'file', directory: path.join(values.dataDirectory, 'blobs') },
    s3:
      s3AccessKeyId === null || s3SecretAccessKey === null
        ? null
        : {
            endpoint: s3Endpoint ?? `https://s3.${s3Region}.amazonaws.com`,
            region: s3Region,
            accessKeyId: s3AccessKeyId,
            secretAccessKey: s3SecretAccessKey,
          },
    azure: azureConnectionString === null ? null : { connectionString: azureConnectionString },
  }
}
