import { collectRarely } from '../../src/platform/collect-rarely.ts'
import { rememberKeys } from '../authorization/remember-keys.ts'
import { startPatchbay } from '../start-patchbay.ts'
import { tellUsage } from './usage.ts'

/** Our server as a process of its own. */
collectRarely()
const [url, directory, adminKey, change] = process.argv.slice(2) as [string, string, string, string?]
const patchbay = await startPatchbay({ url, directory }, adminKey)
if (change === 'remember-keys') rememberKeys(patchbay.app.database.pool)
tellUsage(patchbay.url)
process.on('disconnect', () => void patchbay.close())
