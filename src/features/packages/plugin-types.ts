import type { Manifest } from '../../archive/manifest.ts'
import type { PluginType } from '../../generated/prisma/enums.ts'

/** What a manifest's `type` is called in the catalogue. */
export const PLUGIN_TYPES: Record<Manifest['type'], PluginType> = {
  integration: 'INTEGRATION',
  'ui-theme': 'UI_THEME',
  'ai-module': 'AI_MODULE',
  workflow: 'WORKFLOW',
}
