import { pino, type Logger } from 'pino'

/** Structured log: JSON lines, camelCase fields; what is an error means that someone must act. */
export type Log = Logger

export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent'

/**
 * A log that writes JSON lines to standard output, or to `destination`.
 *
 * Fields that could hold a credential are cut wherever they stand at the first two levels, as a second line of
 * defence: nothing is meant to log them at all.
 */
export function createLog(level: LogLevel, destination?: { write(line: string): void }): Log {
  const options = {
    level,
    base: null,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: SENSITIVE.flatMap((name) => [name, `*.${name}`]), censor: '[redacted]' },
  }
  return destination ? pino(options, destination) : pino(options)
}

const SENSITIVE = ['authorization', 'apiKey', 'secret', 'password', 'token', 'payload', 'value']
