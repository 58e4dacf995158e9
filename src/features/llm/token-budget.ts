import type { App } from '../../app.ts'
import { days } from '../../lib/units.ts'

/** Tokens of one call. */
export interface Tokens {
  prompt: number
  completion: number
}

/** What was taken of a day's tokens, before it is known what a call uses. */
export interface Reservation extends Tokens {
  installationId: string
  /** Its midnight, UTC. */
  day: Date
}

/**
 * Takes tokens of an installation's day in one statement, so that calls at the same time cannot take the same ones; null
 * where so many are not left.
 */
export async function reserveTokens(
  app: App,
  installationId: string,
  { prompt, completion }: Tokens,
  perDay: number,
): Promise<Reservation | null> {
  const now = app.clock.now().getTime()
  const day = new Date(now - (now % days(1)))
  const { rowCount } = await app.database.pool.query(
    `insert into llm_usage as u (installation_id, day, calls, prompt_tokens, completion_tokens)
     select $1::uuid, $2::timestamptz, 1, $3::int, $4::int where $3::int + $4::int <= $5::int
     on conflict (installation_id, day) do update set calls = u.calls + 1,
       prompt_tokens = u.prompt_tokens + excluded.prompt_tokens,
       completion_tokens = u.completion_tokens + excluded.completion_tokens
     where u.prompt_tokens + u.completion_tokens + excluded.prompt_tokens + excluded.completion_tokens <= $5::int`,
    [installationId, day, prompt, completion, perDay],
  )
  return rowCount === 1 ? { installationId, day, prompt, completion } : null
}

/** Puts what a call used in the place of what was reserved for it; null: it was not made. */
export async function settleTokens(app: App, reserved: Reservation, used: Tokens | null): Promise<void> {
  const { installationId, day, prompt, completion } = reserved
  await app.database.pool.query(
    `update llm_usage set calls = calls - $3::int, prompt_tokens = prompt_tokens + $4::int,
       completion_tokens = completion_tokens + $5::int
     where installation_id = $1 and day = $2`,
    [
      installationId,
      day,
      used === null ? 1 : 0,
      (used?.prompt ?? 0) - prompt,
      (used?.completion ?? 0) - completion,
    ],
  )
}
