import { MiB } from '../lib/units.ts'
import * as parse from './parsers.ts'
import { set } from './variable.ts'

/** How much a plugin may keep for one organization. */
export const pluginStorageVariables = {
  pluginFilesBytes: set(
    'PLUGIN_FILES_QUOTA_MB',
    'size of all files that a plugin keeps for one organization',
    parse.scaled(1, 2000, MiB),
    '50',
    'MiB, 1 to 2000',
  ),
  pluginDocumentsBytes: set(
    'PLUGIN_COLLECTIONS_QUOTA_MB',
    'size of all documents that a plugin keeps for one organization',
    parse.scaled(1, 2000, MiB),
    '50',
    'MiB, 1 to 2000',
  ),
  pluginDocuments: set(
    'PLUGIN_COLLECTIONS_DOCUMENTS',
    'documents that a plugin keeps for one organization',
    parse.integer(1, 1_000_000),
    '50000',
    'a number from 1 to 1000000',
  ),
}
