import parseSpdx from 'spdx-expression-parse'
import { closest } from '../closest.ts'
import { quote } from '../quote.ts'
import { manifestCheck } from './manifest-check.ts'

/** Under which conditions the plugin may be used. */
export const licenceChecks = [
  manifestCheck({
    name: 'manifest.license.present',
    category: 'MANIFEST',
    needs: ['license'],
    *run({ license }) {
      if (license !== null) return
      const message =
        'There is no licence. Add "license", e.g. "MIT", or "UNLICENSED" for one that you grant yourself.'
      yield { severity: 'WARNING', message }
    },
  }),
  /** What npm accepts: an SPDX expression, `SEE LICENSE IN <file>`, `UNLICENSED` where nobody is granted anything. */
  manifestCheck({
    name: 'manifest.license.spdx',
    category: 'MANIFEST',
    needs: ['license'],
    *run({ license }, { entries }) {
      if (license === null || license === 'UNLICENSED' || isSpdx(license)) return
      const at = ['license']
      const file = /^SEE LICEN[CS]E IN (.+)$/.exec(license)?.[1]
      if (file === undefined) {
        const guess = meantLicence(license)
        const hint =
          guess === null ? ' See https://spdx.org/licenses for their names.' : ` Did you mean "${guess}"?`
        const message = `${quote(license)} is no SPDX licence. Write e.g. "MIT", "SEE LICENSE IN LICENSE.txt" or "UNLICENSED".${hint}`
        yield { message, at }
      } else if (!entries.has(file)) {
        yield {
          message: `The archive has no file ${quote(file)}, in which the licence should stand. Add it.`,
          at,
        }
      }
    },
  }),
]

function isSpdx(license: string): boolean {
  try {
    parseSpdx(license)
    return true
  } catch {
    return false
  }
}

/** Nine of ten packages have one of these. */
const COMMON = [
  '0BSD',
  'AGPL-3.0-only',
  'AGPL-3.0-or-later',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BSL-1.0',
  'CC-BY-4.0',
  'CC0-1.0',
  'EPL-2.0',
  'EUPL-1.2',
  'GPL-2.0-only',
  'GPL-2.0-or-later',
  'GPL-3.0-only',
  'GPL-3.0-or-later',
  'ISC',
  'LGPL-2.1-only',
  'LGPL-3.0-only',
  'LGPL-3.0-or-later',
  'MIT',
  'MPL-2.0',
  'Unlicense',
  'UNLICENSED',
  'Zlib',
]

/** How people call them, without what is neither letter nor digit. */
const CALLED: Readonly<Record<string, string>> = {
  apache: 'Apache-2.0',
  apache2: 'Apache-2.0',
  bsd: 'BSD-3-Clause',
  bsd2: 'BSD-2-Clause',
  bsd3: 'BSD-3-Clause',
  gpl: 'GPL-3.0-only',
  gpl2: 'GPL-2.0-only',
  gpl3: 'GPL-3.0-only',
  lgpl: 'LGPL-3.0-only',
  lgpl21: 'LGPL-2.1-only',
  lgpl3: 'LGPL-3.0-only',
  agpl: 'AGPL-3.0-only',
  agpl3: 'AGPL-3.0-only',
  mpl: 'MPL-2.0',
  mpl2: 'MPL-2.0',
  mozilla: 'MPL-2.0',
  expat: 'MIT',
  proprietary: 'UNLICENSED',
  commercial: 'UNLICENSED',
  none: 'UNLICENSED',
  closed: 'UNLICENSED',
}

/** `Apache License, Version 2.0` and `apache2` are both `apache2` in short. */
function meantLicence(license: string): string | null {
  const bare = license.replaceAll(/\b(?:the|licen[cs]ed?|version|public|general|gnu)\b/gi, '').trim()
  const short = bare
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, '')
    .replace(/v(?=\d)/, '')
    .replace(/(?<=\d)0$/, '')
    .replace(/clause$/, '')
  return (Object.hasOwn(CALLED, short) ? CALLED[short] : null) ?? closest(bare, COMMON)
}
