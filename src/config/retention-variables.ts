import { days } from '../lib/units.ts'
import * as parse from './parsers.ts'
import { set } from './variable.ts'

/** For how long things are kept. */
export const retentionVariables = {
  invocationRetentionMs: set(
    'PATCHBAY_INVOCATION_RETENTION_DAYS',
    'how long runs of plugin code are kept',
    parse.scaled(1, 3650, days(1)),
    '30',
    'days, 1 to 3650',
  ),
  eventRetentionMs: set(
    'PATCHBAY_EVENT_RETENTION_DAYS',
    'how long events are kept',
    parse.scaled(1, 3650, days(1)),
    '30',
    'days, 1 to 3650',
  ),
  healthRetentionMs: set(
    'PATCHBAY_HEALTH_RETENTION_DAYS',
    'how long single health samples are kept',
    parse.scaled(1, 3650, days(1)),
    '7',
    'days, 1 to 3650',
  ),
  healthRollupRetentionMs: set(
    'PATCHBAY_HEALTH_ROLLUP_RETENTION_DAYS',
    'how long health samples are kept that were put together by the hour',
    parse.scaled(1, 3650, days(1)),
    '400',
    'days, 1 to 3650',
  ),
  metricsRetentionMs: set(
    'PATCHBAY_METRICS_RETENTION_DAYS',
    'how long is kept what plugins did, put together by the minute',
    parse.scaled(1, 3650, days(1)),
    '30',
    'days, 1 to 3650',
  ),
}
