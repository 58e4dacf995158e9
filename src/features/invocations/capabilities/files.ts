import { z } from 'zod'
import { CapabilityError } from '../../../runtime/capability-error.ts'
import { deleteFile } from '../../files/delete-file.ts'
import { filePath, pathPrefix } from '../../files/file-path.ts'
import { listFiles } from '../../files/list-files.ts'
import { readFile } from '../../files/read-file.ts'
import { writeFile } from '../../files/write-file.ts'
import { parseInput, type CapabilitySource } from './asking.ts'

const Encoding = z.enum(['utf8', 'base64']).default('utf8')
const PathInput = z.object({ path: z.string() })
const ReadInput = PathInput.extend({ encoding: Encoding })
const WriteInput = PathInput.extend({ content: z.string(), encoding: Encoding })
const ListInput = z.object({
  prefix: z.string().default(''),
  limit: z.int().min(1).max(1000).default(100),
  after: z.string().nullable().default(null),
})

/** `ctx.files`: the plugin's own files for the organization, whatever site it runs at. */
export const files: readonly CapabilitySource[] = [
  {
    permission: 'storage:read',
    operations: ({ app, target: { organizationId, pluginId } }) => ({
      'files.read': async (input) => {
        const { path, encoding } = parseInput(
          ReadInput,
          input,
          'files.read(path, { encoding }) takes a path.',
        )
        const bytes = await readFile(app, { organizationId, pluginId }, filePath(path))
        if (bytes === null) return null
        return encoding === 'base64' ? Buffer.from(bytes).toString('base64') : textOf(bytes)
      },
      'files.list': async (input) => {
        const usage = 'files.list(prefix, { limit, after }) takes a text, a limit from 1 to 1000 and a path.'
        const { prefix, limit, after } = parseInput(ListInput, input, usage)
        const wanted = { prefix: pathPrefix(prefix), limit, after: pathPrefix(after ?? '') }
        const found = await listFiles(app, { organizationId, pluginId }, wanted)
        const listed = found.slice(0, limit)
        return {
          files: listed.map((file) => ({ ...file, updatedAt: file.updatedAt.toISOString() })),
          after: found.length > limit ? listed.at(-1)!.path : null,
        }
      },
    }),
  },
  {
    permission: 'storage:write',
    operations: ({ app, target: { organizationId, pluginId } }) => ({
      'files.write': async (input) => {
        const usage = 'files.write(path, content, { encoding }) takes a path, and text or bytes.'
        const given = parseInput(WriteInput, input, usage)
        const path = filePath(given.path)
        const bytes = bytesOf(given)
        await writeFile(app, { organizationId, pluginId }, { path, bytes })
        return { path, size: bytes.byteLength }
      },
      'files.delete': async (input) => {
        const { path } = parseInput(PathInput, input, 'files.delete(path) takes a path.')
        return await deleteFile(app, { organizationId, pluginId }, filePath(path))
      },
    }),
  },
]

function bytesOf({ content, encoding }: z.output<typeof WriteInput>): Uint8Array {
  if (encoding === 'utf8') {
    if (content.isWellFormed()) return Buffer.from(content)
    throw new CapabilityError('BAD_INPUT', 'The text holds half a surrogate pair: write bytes.')
  }
  const bytes = Buffer.from(content, 'base64')
  if (bytes.toString('base64') === content) return bytes
  throw new CapabilityError('BAD_INPUT', 'The content is no base64 (RFC 4648, with its padding).')
}

function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw new CapabilityError('NOT_TEXT', 'The file is no text in UTF-8: read it with { encoding: "bytes" }.')
  }
}
