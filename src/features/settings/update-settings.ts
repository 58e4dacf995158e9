import { change, type App } from '../../app.ts'
import type { Actor } from '../../auth/actor.ts'
import { UserError, UserErrors } from '../../lib/errors.ts'
import { isJsonObject, type JsonValue } from '../../lib/json.ts'
import { reviseLevel, type LevelState } from './change-level.ts'
import { checkState } from './check-state.ts'
import { holderOf } from './holder-of.ts'
import { findLevel, type NamedLevel } from './find-level.ts'
import { lockedIn, mergePatch } from './levels.ts'
import { lockLevel, writeLevel, type LevelRow } from './lock-level.ts'

/** A change of one level of a plugin's settings. */
export interface UpdateSettingsInput extends NamedLevel {
  /** JSON merge patch of what the level holds: null takes a key away, so that what stands below shows again. */
  settings: JsonValue
  /** Paths that no level below may set, all of them; those of now where left out. */
  locked?: readonly string[] | undefined
}

/**
 * Changes one level of a plugin's settings, which takes effect with the next call of its code everywhere. SETTINGS_INVALID
 * and SETTING_LOCKED tell every mistake with its path, and nothing changes.
 */
export async function updateSettings(app: App, actor: Actor, input: UpdateSettingsInput): Promise<LevelRow> {
  const row = await findLevel(app, actor, input)
  const { settings: patch, locked } = input
  if (!isJsonObject(patch))
    throw new UserError('SETTINGS_INVALID', 'The settings are an object.', ['settings'])
  if (locked !== undefined && locked.length > 0 && row.scope === 'SITE') {
    throw new UserError('INVALID_INPUT', 'Nothing stands below a site that its settings could lock.', [
      'locked',
    ])
  }
  const make = (before: LevelState): LevelState => ({
    settings: mergePatch(before.settings, patch),
    locked: locked === undefined ? before.locked : [...new Set(locked)].sort(),
  })
  await changeLevel(app, actor, row, { make, touched: (paths) => lockedIn(patch, paths), revertedToId: null })
  return row
}

/** How a level changes. */
export interface LevelChange {
  make: (before: LevelState) => LevelState
  /** Which of the paths that are locked above the change itself touches. */
  touched: (locked: readonly string[]) => readonly string[]
  revertedToId: string | null
}

/** The change of a level under its lock: checked, written, kept as a revision and told, all or nothing. */
export async function changeLevel(
  app: App,
  actor: Actor,
  row: LevelRow,
  changing: LevelChange,
): Promise<void> {
  const at = app.clock.now()
  await change(app, async (tx) => {
    const before = await lockLevel(tx, row, at)
    const after = changing.make(before)
    const mistakes = await checkState(tx, row, after, changing.touched)
    if (mistakes.length > 0) throw new UserErrors(mistakes)
    const number = await reviseLevel(tx, app, actor, row, {
      before,
      after,
      revertedToId: changing.revertedToId,
    })
    if (number !== null) await writeLevel(tx, row, after, at)
    await actor.trail?.attempt?.settle(tx, await holderOf(tx, row))
  })
}
