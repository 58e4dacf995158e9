import path from 'node:path'
import { createInterface } from 'node:readline/promises'
import { Command, Option } from 'commander'
import { slug } from '../../archive/manifest-parts.ts'
import { plain } from '../console.ts'
import { interrupted, usageError } from '../exit.ts'
import { fillTemplate, isTemplate, TEMPLATES, type TemplateName } from '../fill-template.ts'
import type { Session } from '../session.ts'

interface Options {
  template?: TemplateName
  id?: string
  name?: string
  author: string
}

/** `patchbay init`: a new plugin that passes every check as it stands. */
export function initCommand(session: Session): Command {
  const kinds = Object.entries(TEMPLATES).map(([name, what]) => `  ${name.padEnd(12)} ${what}`)
  return new Command('init')
    .summary('makes a new plugin, of one of four kinds')
    .description(
      `Makes a new plugin in an empty folder: manifest, code, a test and a README. It passes every check as it stands.\n\nTemplates:\n${kinds.join('\n')}`,
    )
    .argument('<folder>', 'it is made; where it is there, it must be empty')
    .addOption(new Option('--template <template>', 'asked for on a terminal').choices(Object.keys(TEMPLATES)))
    .option('--id <slug>', "the plugin's id; without it the folder's name")
    .option('--name <text>', "the plugin's name for people; without it made of the id")
    .option('--author <text>', 'who stands as its author', 'Unnamed')
    .addHelpText(
      'after',
      `
Examples:
  $ patchbay init welcome-email
  $ patchbay init themes/dusk --template ui-theme --id acme-dusk --name "Dusk" --author "Acme Ltd"`,
    )
    .action(async (folder: string, options: Options) => {
      const id = options.id ?? path.basename(path.resolve(folder)).toLowerCase()
      const valid = slug.safeParse(id)
      if (!valid.success) {
        throw usageError(
          `${JSON.stringify(id)} is no id of a plugin: it ${valid.error.issues[0]!.message}. Give one by --id.`,
        )
      }
      const name = named(options.name ?? titleOf(id), '--name')
      const author = named(options.author, '--author')
      const template = options.template ?? (await askTemplate(session))
      const files = await fillTemplate(template, folder, { id, name, author })
      const { console } = session
      console.result({ folder: path.resolve(folder), template, id, name, files }, () => [
        `${console.paint('bold', plain(name))} (${id}) is in ${plain(folder)}:`,
        ...files.map((file) => `  ${file}`),
        `Next: patchbay check ${plain(folder)}`,
      ])
    })
}

/** Text for people in the manifest. */
function named(text: string, option: string): string {
  const name = text.trim()
  if (name !== '' && name.length <= MAX_NAME && plain(name) === name) return name
  throw usageError(`${option} is one line of 1 to ${MAX_NAME} characters.`)
}

/** Characters; the manifest allows no longer names. */
const MAX_NAME = 100

/** `welcome-email` → `Welcome email`. */
function titleOf(id: string): string {
  const words = id.replaceAll('-', ' ')
  return `${words[0]!.toUpperCase()}${words.slice(1)}`
}

async function askTemplate({ console }: Session): Promise<TemplateName> {
  const names = Object.keys(TEMPLATES)
  if (!console.canAsk) throw usageError(`Which kind of plugin? Give --template: ${names.join(', ')}.`)
  const stop = new AbortController()
  const asking = createInterface({ input: process.stdin, output: process.stderr })
  asking.once('SIGINT', () => stop.abort())
  asking.once('close', () => stop.abort())
  try {
    for (const [index, [name, what]] of Object.entries(TEMPLATES).entries()) {
      console.note(`  ${index + 1}  ${name.padEnd(12)} ${what}`)
    }
    for (;;) {
      const answer = (await asking.question('Which kind of plugin? ', { signal: stop.signal })).trim()
      const chosen = names[Number(answer) - 1] ?? answer
      if (isTemplate(chosen)) return chosen
      console.note(`Answer with a number from 1 to ${names.length}, or with a name.`)
    }
  } catch (error) {
    throw interrupted('Nothing was made.', { cause: error })
  } finally {
    asking.close()
  }
}
