import { BY_GRAVITY } from '../tenancy/site-health.ts'

/** What several samples come to, in the order of `sumsOfSamples`. */
export const SUM_COLUMNS =
  'status, error_count, warning_count, avg_execution_time, memory_usage, cpu_usage, invocations'

/** Of samples with the alias `of`: the worst status, sums of counters, averages of gauges where any tells one. */
export function sumsOfSamples(of: string): string {
  return `${worst(of)} as status, ${sum(of, 'error_count')}, ${sum(of, 'warning_count')},
    avg(${of}.avg_execution_time) as avg_execution_time, avg(${of}.memory_usage) as memory_usage,
    avg(${of}.cpu_usage) as cpu_usage, ${sum(of, 'invocations')}`
}

/** The same of hours: an average of averages counts each by its samples. */
export function sumsOfHours(of: string): string {
  return `${worst(of)} as status, ${sum(of, 'error_count')}, ${sum(of, 'warning_count')},
    ${average(of, 'avg_execution_time')}, ${average(of, 'memory_usage')}, ${average(of, 'cpu_usage')},
    ${sum(of, 'invocations')}`
}

const GRAVITY = `array[${BY_GRAVITY.map((status) => `'${status}'`).join(', ')}]::"HealthStatus"[]`

function worst(of: string): string {
  return `(${GRAVITY})[min(array_position(${GRAVITY}, ${of}.status))]`
}

/** What is reported from outside may come to more than an Int of the graph holds. */
function sum(of: string, column: string): string {
  return `least(sum(${of}.${column}), 2147483647)::int as ${column}`
}

function average(of: string, column: string): string {
  return `sum(${of}.${column} * ${of}.samples) / nullif(sum(${of}.samples) filter (where ${of}.${column} is not null), 0) as ${column}`
}
