import { expect, test } from 'vitest'
import { checkChanged } from './support/plugin-files.ts'

test.each<[change: Record<string, unknown>, message: string]>([
  [{ name: 5 }, '"name" is wrong: must be a text.'],
  [{ hooks: 'a' }, '"hooks" is wrong: must be a list: […].'],
  [{ engines: { host: '*' } }, '"engines.api" is wrong: is missing.'],
  [{ manifestVersion: 2 }, '"manifestVersion" is wrong: must be 1.'],
  [{ type: 'integraton' }, '(Did you mean "integration"?).'],
  [{ type: 'theme' }, 'must be one of "integration", "ui-theme", "ai-module", "workflow".'],
  [{ name: 'x'.repeat(101) }, 'must have at most 100 characters.'],
  [{ hooks: Array(257).fill('a') }, 'must have at most 256 entries.'],
  [{ limits: { memoryMb: 0 } }, '"limits.memoryMb" is wrong: must be at least 1.'],
  [{ limits: { memoryMb: 1.5 } }, '"limits.memoryMb" is wrong: must be a whole number.'],
  [
    { collections: { Boxes: { schema: {} } } },
    '"collections.Boxes" is wrong: must be a name such as "widgets".',
  ],
  [{ collections: ['boxes'] }, 'must be {"widgets": {"schema": {…}}}.'],
  [{ secrets: ['TOKEN'] }, '"secrets[0]" is wrong: must be {"key": "SLACK_TOKEN"}.'],
  [{ jobs: ['daily'] }, '"jobs[0]" is wrong: must be {"name": "daily-kpi", "schedule": "0 2 * * *"}.'],
  [{ routes: ['GET /ping'] }, '"routes[0]" is wrong: must be {"method": "GET", "path": "/ping"}.'],
  [
    { settings: { greeting: 'hello' } },
    'settings are a JSON Schema, such as {"type": "object", "properties": {…}}.',
  ],
  [{ main: 'main.js' }, 'Nothing reads the key "main". Remove or correct it. Did you mean "entry"?'],
  [{ id: 'A' }, '"id" is wrong: must be 3 to 64 lower-case letters, digits and hyphens'],
])('%j is told in words: %s', (change, message) => {
  expect(checkChanged(change).findings[0]?.message).toContain(message)
})
