import { UserError } from '../../lib/errors.ts'
import { keysOf, type SettingsLevel } from './levels.ts'

const WHERE = { GLOBAL: 'for all organizations', ORGANIZATION: 'for the organization', SITE: 'for the site' }

/** SETTING_LOCKED: a level above keeps that setting for itself. */
export function settingLocked(field: string, path: string, above: readonly SettingsLevel[]): UserError {
  const level = above.find(({ locked }) => locked.includes(path))
  const where = level === undefined ? 'above' : WHERE[level.scope]
  return new UserError(
    'SETTING_LOCKED',
    `${path} is locked ${where} and cannot be set here: leave it out, or have it unlocked there.`,
    [field, ...keysOf(path)],
  )
}
