import type { ScanRule } from '../rule.ts'
import { absentGlobals } from './absent-globals.ts'
import { credentials } from './credentials.ts'
import { dynamicCode } from './dynamic-code.ts'
import { indirectCode } from './dynamic-code-indirect.ts'
import { encodedStrings } from './encoded-strings.ts'
import { escapedNames } from './escaped-names.ts'
import { tooLarge } from './file-size.ts'
import { hiddenCharacters } from './hidden-characters.ts'
import { hostObjects } from './host-objects.ts'
import { longLines } from './long-lines.ts'
import { missingHandlers } from './missing-handlers.ts'
import { networkLiterals } from './network-literals.ts'
import { unparsed } from './parse.ts'
import { prototypePollution } from './prototype-pollution.ts'
import { stringTables } from './string-tables.ts'
import { suspectedCredentials } from './suspected-credentials.ts'
import { uncheckedMerge } from './unchecked-merge.ts'
import { undeclaredCapability } from './undeclared-capability.ts'
import { undeclaredHandlers } from './undeclared-handlers.ts'
import { undeclaredCollection, undeclaredSecret } from './undeclared-names.ts'
import { unknownMembers } from './unknown-members.ts'
import { unusedCapability } from './unused-capability.ts'

/** Every rule of the scan, in the order of the report, with what it does to a package: the one place that says so. */
export const scanRules: readonly ScanRule[] = [
  {
    name: 'scan.parse',
    severity: 'ERROR',
    unreachable: 'WARNING',
    why: 'What the parser cannot read, no rule has seen.',
    start: unparsed,
  },
  {
    name: 'scan.file-size',
    severity: 'ERROR',
    why: 'What is too large to be parsed, no rule has seen.',
    start: tooLarge,
  },
  {
    name: 'scan.dynamic-code',
    severity: 'ERROR',
    why: 'Code made from text at run time was never reviewed; the sandbox refuses it too.',
    start: dynamicCode,
  },
  {
    name: 'scan.dynamic-code.indirect',
    severity: 'WARNING',
    why: 'Whoever passes `eval` or `Function` on, or looks globals up by made-up names, can hide a call.',
    start: indirectCode,
  },
  {
    name: 'scan.host-objects',
    severity: 'ERROR',
    unreachable: 'WARNING',
    why: 'What leads to the host, its modules or its stack has no use in a plugin but to break out.',
    start: hostObjects,
  },
  {
    name: 'scan.host-objects.absent',
    severity: 'WARNING',
    why: 'Code that needs Node or a browser fails in the sandbox, often long after it was installed.',
    start: absentGlobals,
  },
  {
    name: 'scan.prototype-pollution',
    severity: 'ERROR',
    why: 'A changed shared prototype changes what all code of the plugin does, libraries too.',
    start: prototypePollution,
  },
  {
    name: 'scan.prototype-pollution.merge',
    severity: 'WARNING',
    why: 'A merge by any key lets whoever sends the data write to the shared prototypes.',
    start: uncheckedMerge,
  },
  {
    name: 'scan.obfuscation.hidden-characters',
    severity: 'ERROR',
    why: 'What a reviewer does not see, or sees in another order, he has not approved.',
    start: hiddenCharacters,
  },
  {
    name: 'scan.obfuscation.escaped-names',
    severity: 'ERROR',
    why: 'Plain letters are written as escapes only to keep a name from being found.',
    start: escapedNames,
  },
  {
    name: 'scan.obfuscation.string-tables',
    severity: 'ERROR',
    why: 'Code that an obfuscator made cannot be reviewed.',
    start: stringTables,
  },
  {
    name: 'scan.obfuscation.encoded-strings',
    severity: 'WARNING',
    why: 'An encoded text may be code, an address or data of somebody else; only a reviewer who asks can tell.',
    start: encodedStrings,
  },
  {
    name: 'scan.obfuscation.long-lines',
    severity: 'WARNING',
    why: 'Nobody reads a line of 5,000 characters, nor what stands 200 columns to the right.',
    start: longLines,
  },
  {
    name: 'scan.credentials',
    severity: 'ERROR',
    why: "A key in a package is everybody's, and stays in the registry for ever.",
    start: credentials,
  },
  {
    name: 'scan.credentials.suspected',
    severity: 'WARNING',
    why: 'A value drawn by chance in a name such as `password` is mostly a credential; only its owner can tell.',
    start: suspectedCredentials,
  },
  {
    name: 'scan.network-literals',
    severity: 'WARNING',
    why: 'An address beyond the allow-list cannot be called, so it is forgotten, or means another way out.',
    needsManifest: true,
    start: networkLiterals,
  },
  {
    name: 'scan.capability.undeclared',
    severity: 'ERROR',
    unreachable: 'WARNING',
    why: 'The call would be denied: the plugin cannot work as it is meant to.',
    needsManifest: true,
    start: undeclaredCapability,
  },
  {
    name: 'scan.capability.secret',
    severity: 'ERROR',
    unreachable: 'WARNING',
    why: 'Nobody can set a secret that is not declared.',
    needsManifest: true,
    start: undeclaredSecret,
  },
  {
    name: 'scan.capability.collection',
    severity: 'ERROR',
    unreachable: 'WARNING',
    why: 'A collection that is not declared does not exist.',
    needsManifest: true,
    start: undeclaredCollection,
  },
  {
    name: 'scan.capability.unused',
    severity: 'WARNING',
    why: 'What is not needed only adds to what an attacker could do with the plugin.',
    needsManifest: true,
    start: unusedCapability,
  },
  {
    name: 'scan.handlers.missing',
    severity: 'WARNING',
    why: 'What is called and not handled does nothing, and nobody is told.',
    needsManifest: true,
    start: missingHandlers,
  },
  {
    name: 'scan.handlers.undeclared',
    severity: 'WARNING',
    why: 'A handler that nobody calls does nothing, and nobody is told.',
    needsManifest: true,
    start: undeclaredHandlers,
  },
  {
    name: 'scan.capability.unknown',
    severity: 'WARNING',
    why: 'What the host does not offer throws, only when it comes to that.',
    start: unknownMembers,
  },
]
