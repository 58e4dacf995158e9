import { isDeepStrictEqual } from 'node:util'
import type { App } from '../../app.ts'
import type { Manifest } from '../../archive/manifest.ts'
import { UserError } from '../../lib/errors.ts'
import type { JsonObject, JsonValue } from '../../lib/json.ts'
import { minutes } from '../../lib/units.ts'
import { CapabilityError } from '../../runtime/capability-error.ts'
import type { NextVersion } from './align-collections.ts'
import { alignKeys } from './align-keys.ts'
import { documentMistakes } from './check-document.ts'
import { declaredBy, type Declared } from './declared.ts'
import { documentKeys } from './document-keys.ts'
import { keyedOf } from './keyed.ts'
import type { Place } from './stored-document.ts'

/** Documents that are read at once; 200 of the largest are 50 MiB. */
const BATCH = 200
/** Documents that the refusal names. */
const MAX_NAMED = 3
/** 50,000 documents of ten properties take 5 s; who makes it take longer has a schema that nobody should have. */
const MAX_MS = minutes(1)

/**
 * Makes sure that all documents fit a version that is to come after another: its schemas, where they differ, its indexes and
 * what is to be unique. The documents stay as they are: what does not fit is its migrations' to mend.
 *
 * @throws {UserError} INVALID_STATE with how many do not fit, and the first of them
 */
export async function requireFitting(
  app: App,
  next: NextVersion,
  before: { manifest: Manifest },
): Promise<void> {
  const { organizationId, pluginId } = next
  const former = declaredBy(before.manifest)
  const until = app.clock.now().getTime() + MAX_MS
  for (const [collection, declared] of declaredBy(next.manifest)) {
    const place = { organizationId, pluginId, collection }
    if (isDeepStrictEqual(former.get(collection), declared)) continue
    await requireFittingDocuments(app, place, declared, next.version, until)
    await requireUnique(app, place, declared, next.version)
  }
}

async function requireFittingDocuments(
  app: App,
  { organizationId, pluginId, collection }: Place,
  declared: Declared,
  version: string,
  until: number,
): Promise<void> {
  const misfits: string[] = []
  let count = 0
  for (let after: string | undefined; ;) {
    const documents = await app.database.prisma.collectionDocument.findMany({
      where: { organizationId, pluginId, collection, ...(after === undefined ? {} : { id: { gt: after } }) },
      orderBy: { id: 'asc' },
      take: BATCH,
      select: { id: true, document: true },
    })
    for (const { id, document } of documents) {
      if (app.clock.now().getTime() > until)
        throw new UserError('INVALID_STATE', `The documents of "${collection}" take too long to check.`)
      const told = misfitOf(declared, document as JsonValue)
      if (told === null) continue
      count++
      if (misfits.length < MAX_NAMED) misfits.push(`${id}: ${told}`)
    }
    after = documents.at(-1)?.id
    if (documents.length < BATCH) break
  }
  if (count === 0) return
  const message = `${count} documents of "${collection}" do not fit ${version} (${misfits.join('; ')}): its migrations must mend them.`
  throw new UserError('INVALID_STATE', message)
}

function misfitOf(declared: Declared, document: JsonValue): string | null {
  const mistakes = documentMistakes(declared, document)
  if ('told' in mistakes) return mistakes.told
  try {
    documentKeys(document as JsonObject, declared.fields)
    return null
  } catch (error) {
    if (error instanceof CapabilityError) return error.message
    throw error
  }
}

async function requireUnique(app: App, place: Place, declared: Declared, version: string): Promise<void> {
  if (declared.unique.length === 0) return
  const { organizationId, pluginId, collection } = place
  const keyed = async () => {
    const row = await app.database.prisma.pluginStorage.findUnique({
      where: { organizationId_pluginId: { organizationId, pluginId } },
      select: { keyed: true },
    })
    return row === null ? null : keyedOf(row, collection)
  }
  if ((await keyed()) === null) return
  // Its migrations may have mended what was the same.
  await alignKeys(app, place, declared)
  const contested = new Set((await keyed())?.contested)
  const repeated = declared.unique.filter((field) => contested.has(field))
  if (repeated.length === 0) return
  const message = `Several documents of "${collection}" have the same "${repeated.join('", "')}", which ${version} declares as unique: its migrations must mend them.`
  throw new UserError('INVALID_STATE', message)
}
