import { messageOf } from '../lib/errors.ts'
import { noDatabase } from './schema-engine-database.ts'
import { withSchemaEngine } from './schema-engine.ts'

/** One file of a Prisma datamodel. */
export interface DatamodelFile {
  /** For messages. */
  path: string
  content: string
}

/**
 * The SQL that leads a database from one datamodel to another; empty where they say the same. Where `from` is empty, all
 * is made. What Prisma has no words for (partitions, partial indexes, checks) is neither seen nor touched.
 * Throws where a datamodel does not parse.
 */
export async function diffModels(
  from: readonly DatamodelFile[],
  to: readonly DatamodelFile[],
): Promise<string> {
  const result = await withSchemaEngine(noDatabase(), (engine) =>
    engine
      .diff({
        from: from.length === 0 ? { tag: 'empty' } : { tag: 'schemaDatamodel', files: [...from] },
        to: { tag: 'schemaDatamodel', files: [...to] },
        script: true,
        exitCode: true,
        filters: { externalTables: [], externalEnums: [] },
      })
      .catch((error: unknown) => {
        throw new Error(`The datamodels could not be compared: ${messageOf(error)}`, { cause: error })
      }),
  )
  return result.exitCode === 0 ? '' : (result.stdout ?? '')
}
