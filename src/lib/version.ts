import { readFileSync } from 'node:fs'
import path from 'node:path'

const packageFile = path.join(import.meta.dirname, '../../package.json')

/** Of this Patchbay, SemVer. */
export const VERSION = (JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string }).version
