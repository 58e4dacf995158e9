import type { App } from '../../app.ts'
import { prefixEnd } from '../../lib/prefix-end.ts'
import type { Space } from '../storage/lock-storage.ts'

export interface ListedFile {
  path: string
  /** Bytes. */
  size: number
  updatedAt: Date
}

/** The plugin's files whose paths begin so, by path, behind `after`; one more than `limit` says that there are more. */
export async function listFiles(
  app: App,
  { organizationId, pluginId }: Space,
  { prefix, after, limit }: { prefix: string; after: string; limit: number },
): Promise<ListedFile[]> {
  const end = prefixEnd(prefix)
  return await app.database.prisma.$queryRaw<ListedFile[]>`
    select path, size, updated_at as "updatedAt" from plugin_file
    where organization_id = ${organizationId}::uuid and plugin_id = ${pluginId}::uuid
      and path >= ${prefix} and (${end}::text is null or path < ${end}) and path > ${after}
    order by path limit ${limit + 1}`
}
