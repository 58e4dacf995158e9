import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describeVariables } from '../src/config/load-config.ts'

/** Writes the README's table of variables from the code; `--check` only says whether it is the present one. */
const file = path.join(import.meta.dirname, '../README.md')
const marks = /(<!-- variables: npm run codegen -->\n)[^]*(<!-- end of variables -->)/
const present = await readFile(file, 'utf8')
if (!marks.test(present)) throw new Error('README.md has lost the marks around its table of variables.')
const right = present.replace(marks, (_all, begin: string, end: string) => `${begin}\n${table()}\n\n${end}`)
if (!process.argv.includes('--check')) {
  await writeFile(file, right)
} else if (present !== right) {
  process.stderr.write(
    "README.md's table of variables is not what the code says; npm run codegen writes it.\n",
  )
  process.exitCode = 1
}

function table(): string {
  const rows = describeVariables().map(({ name, purpose, expected, default: fallback }) => {
    const cells = [`\`${name}\``, purpose, expected, fallback === null ? '' : `\`${fallback}\``]
    return `| ${cells.map((cell) => cell.replaceAll('|', String.raw`\|`)).join(' | ')} |`
  })
  return ['| variable | what it sets | expected | default |', '|---|---|---|---|', ...rows].join('\n')
}
