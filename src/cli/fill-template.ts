import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { messageOf } from '../lib/errors.ts'
import { CliError, usageError } from './exit.ts'
import { isNotFound } from './files.ts'

/** Kinds of plugins to begin with, and what each does. */
export const TEMPLATES = {
  integration: 'answers a route, and greets new users by an event',
  'ui-theme': 'a dark theme, without code',
  'ai-module': 'takes e-mail addresses out of prompts for language models',
  workflow: 'a job that looks for near deadlines every night',
} as const

export type TemplateName = keyof typeof TEMPLATES

/** Whether there is a template of that name. */
export function isTemplate(name: string): name is TemplateName {
  return Object.hasOwn(TEMPLATES, name)
}

/** Writes a template with its names filled in. Returns its files, sorted; refuses a folder that is not empty. */
export async function fillTemplate(
  template: TemplateName,
  folder: string,
  names: { id: string; name: string; author: string },
): Promise<string[]> {
  const files = [...(await filesBelow(SHARED)), ...(await filesBelow(template))]
  await requireEmpty(folder)
  try {
    for (const { source, file } of files) {
      const target = path.join(folder, file)
      await mkdir(path.dirname(target), { recursive: true })
      await writeFile(target, fill(await readFile(source, 'utf8'), file, names), { flag: 'wx' })
    }
  } catch (error) {
    throw usageError(`${folder} cannot be written: ${messageOf(error)}.`, { cause: error })
  }
  return files.map(({ file }) => file).sort()
}

/** What every plugin has: types for the editor, and what is not packed. */
const SHARED = 'shared'

async function filesBelow(folder: string): Promise<{ source: string; file: string }[]> {
  const root = path.join(import.meta.dirname, 'templates', folder)
  const found = await readdir(root, { recursive: true, withFileTypes: true })
  return found
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .map((source) => ({ source, file: path.relative(root, source) }))
}

async function requireEmpty(folder: string): Promise<void> {
  try {
    const present = await readdir(folder)
    if (present.length > 0) throw usageError(`${folder} is not empty: name a new folder, or empty this one.`)
  } catch (error) {
    if (isNotFound(error)) return
    if (error instanceof CliError) throw error
    throw usageError(`${folder} cannot be read: ${messageOf(error)}.`, { cause: error })
  }
}

/** Placeholders are `{{id}}`, `{{name}}`, `{{author}}`; in JSON they stand within strings. */
function fill(text: string, file: string, names: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\{\{(id|name|author)\}\}/g, (_all, key: string) =>
    file.endsWith('.json') ? JSON.stringify(names[key]).slice(1, -1) : names[key]!,
  )
}
