import { seconds } from '../lib/units.ts'
import * as parse from './parsers.ts'
import { set } from './variable.ts'

/** What a call of plugin code may take, and how many there may be; a plugin's manifest can only lower it. */
export const pluginLimitVariables = {
  pluginTimeoutMs: set(
    'PLUGIN_TIMEOUT_SECONDS',
    'time of a hook, event, filter, route or health call',
    parse.scaled(1, 300, seconds(1)),
    '5',
    'seconds, 1 to 300',
  ),
  pluginJobTimeoutMs: set(
    'PLUGIN_JOB_TIMEOUT_SECONDS',
    'time of a job or lifecycle call',
    parse.scaled(1, 3600, seconds(1)),
    '30',
    'seconds, 1 to 3600',
  ),
  pluginMemoryMb: set(
    'PLUGIN_MEMORY_LIMIT_MB',
    'memory of one running plugin',
    parse.integer(16, 1024),
    '100',
    'MB, 16 to 1024',
  ),
  pluginHostCalls: set(
    'PLUGIN_HOST_CALL_LIMIT',
    'calls of the host (ctx.…) in one call of plugin code',
    parse.integer(1, 10_000),
    '100',
    'a number from 1 to 10000',
  ),
  pluginLogLines: set(
    'PLUGIN_LOG_LINE_LIMIT',
    'log lines of one call of plugin code that are kept',
    parse.integer(1, 1000),
    '200',
    'a number from 1 to 1000',
  ),
  pluginConcurrency: set(
    'PLUGIN_CONCURRENCY',
    'calls of one installation at a time in one process of the service; more wait',
    parse.integer(1, 64),
    '8',
    'a number from 1 to 64',
  ),
  pluginQueueLength: set(
    'PLUGIN_QUEUE_LENGTH',
    'calls of one installation that may wait there; more are refused',
    parse.integer(1, 10_000),
    '100',
    'a number from 1 to 10000',
  ),
  pluginCircuitFailures: set(
    'PLUGIN_CIRCUIT_FAILURES',
    'failures in a row after which calls of an installation are refused for a while',
    parse.integer(2, 1000),
    '5',
    'a number from 2 to 1000',
  ),
  pluginCircuitWithinMs: set(
    'PLUGIN_CIRCUIT_WINDOW_SECONDS',
    'time from the first of these failures to the last',
    parse.scaled(1, 86_400, seconds(1)),
    '600',
    'seconds, 1 to 86400',
  ),
  pluginCircuitOpenMs: set(
    'PLUGIN_CIRCUIT_OPEN_SECONDS',
    'how long they are refused before one call is tried again',
    parse.scaled(1, 3600, seconds(1)),
    '60',
    'seconds, 1 to 3600',
  ),
}
