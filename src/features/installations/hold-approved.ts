import { UserError } from '../../lib/errors.ts'
import type { Tx } from '../../platform/database.ts'

interface Held {
  slug: string
  version: string
  status: string
  yanked: boolean
}

/**
 * Refuses with REVOKED packages that may not run any more, in the transaction that lets them run: it holds their rows,
 * so that a revocation either was before and is seen here, or waits and then finds what was let run. Not
 * `for share`: the triggers that count installations write the same rows, and two sharers would wait for each other.
 */
export async function holdApproved(
  tx: Tx,
  packageIds: readonly string[],
  options: { newly: boolean },
): Promise<void> {
  const rows = await tx.$queryRaw<Held[]>`
    select plugin.slug, package.version, package.status::text as status, package.yanked_at is not null as yanked
    from package join plugin on plugin.id = package.plugin_id
    where package.id = any(${[...packageIds]}::uuid[]) order by package.id for no key update of package`
  for (const { slug, version, status, yanked } of rows) {
    const name = `${slug} ${version}`
    if (status === 'REVOKED') throw revoked(name)
    if (options.newly && yanked)
      throw new UserError('YANKED', `${name} was just yanked: choose another version.`)
  }
}

/** REVOKED: of that package nothing runs any more. */
export function revoked(name: string): UserError {
  return new UserError('REVOKED', `${name} was revoked: choose another version.`, ['packageId'])
}
