import { stat } from 'node:fs/promises'
import { Command } from 'commander'
import { z } from 'zod'
import { messageOf } from '../../lib/errors.ts'
import {
  SeenSchema,
  verifyLicenseCertificate,
  type CertificateVerdict,
  type Seen,
} from '../../platform/license-certificate.ts'
import { plain } from '../console.ts'
import { EXIT, usageError } from '../exit.ts'
import { isNotFound, readNamed, writeWhole } from '../files.ts'
import type { Session } from '../session.ts'

interface VerifyOptions {
  keys: string
  state?: string
  plugin?: string
  organization?: string
  site?: string
}

/** `patchbay license`: what a site does with its licence, with no connection. */
export function licenseCommand(session: Session): Command {
  const license = new Command('license')
    .summary('checks licences with no connection to the server')
    .description('Checks licences with no connection to the server.')
  license.addCommand(verifyCommand(session))
  return license
}

function verifyCommand(session: Session): Command {
  return new Command('verify')
    .summary('checks a licence certificate with no connection')
    .description(
      'Checks a licence certificate (License.certificate) with the published keys of the registry\n' +
        '(/.well-known/patchbay-keys.json). Exit code 0: it holds; 4: it is refused.',
    )
    .argument('<certificate>', 'the file with the certificate')
    .requiredOption('--keys <file>', 'the published keys')
    .option(
      '--state <file>',
      'remembers what was seen, so that a clock or certificate that goes back is refused',
    )
    .option('--plugin <slug>', 'refuses one for another plugin')
    .option('--organization <id>', 'refuses one for another organization')
    .option('--site <id>', 'refuses one for another site')
    .addHelpText(
      'after',
      `
Examples:
  $ curl -so keys.json https://patchbay.example.com/.well-known/patchbay-keys.json
  $ patchbay license verify licence.jwt --keys keys.json --state licence.state --plugin invoices`,
    )
    .action(async (file: string, options: VerifyOptions) => {
      const token = (await readNamed(file, MAX_CERTIFICATE_BYTES)).toString('utf8').trim()
      const keys = jsonOf(
        (await readNamed(options.keys, MAX_KEYS_BYTES)).toString('utf8'),
        options.keys,
        KeySet,
      )
      const seen = options.state === undefined ? null : await readState(options.state)
      const { plugin, organization, site } = options
      const place = { plugin, organization, site }
      const verdict = await verifyLicenseCertificate(token, { keys, now: new Date(), seen, place })
      if (options.state !== undefined && verdict.seen !== undefined) {
        await writeWhole(options.state, `${JSON.stringify(verdict.seen, null, 2)}\n`)
      }
      tell(session, verdict)
    })
}

/** A certificate has some KB. */
const MAX_CERTIFICATE_BYTES = 128 * 1024
const MAX_KEYS_BYTES = 1024 * 1024
/** A few words for each licence of a site. */
const MAX_STATE_BYTES = 1024 * 1024

const KeySet = z.object({ keys: z.array(z.record(z.string(), z.unknown())).min(1) })

function tell(session: Session, verdict: CertificateVerdict): void {
  const { console } = session
  if (!verdict.valid) {
    session.exit = EXIT.refused
    const { refusal, detail } = verdict
    console.result({ valid: false, refusal, detail }, () => [
      `${console.paint('red', 'Refused')}  ${refusal}`,
      plain(detail),
    ])
    return
  }
  const { claims, inGracePeriod } = verdict
  console.result({ valid: true, inGracePeriod, claims }, () => [
    `${console.paint('green', 'Valid')}  ${claims.type} licence of ${plain(claims.plugin)}`,
    `Expires  ${claims.expiresAt ?? 'never'}${inGracePeriod ? '  (in its grace period: renew it)' : ''}`,
    ...claims.entitlements.map((name) => `Unlocks  ${plain(name)}`),
  ])
}

async function readState(file: string): Promise<Seen | null> {
  try {
    await stat(file)
  } catch (error) {
    if (isNotFound(error)) return null
  }
  return jsonOf((await readNamed(file, MAX_STATE_BYTES)).toString('utf8'), file, SeenSchema)
}

function jsonOf<Schema extends z.ZodType>(text: string, file: string, schema: Schema): z.output<Schema> {
  try {
    return schema.parse(JSON.parse(text))
  } catch (error) {
    const reason = error instanceof SyntaxError ? messageOf(error) : 'it holds something else'
    throw usageError(`${plain(file)} cannot be used: ${reason}.`, { cause: error })
  }
}
