import { readFile } from 'node:fs/promises'
import { Command } from 'commander'
import { z } from 'zod'
import type { HostKnowledge } from '../../archive/manifest-checks/manifest-check.ts'
import { manifestChecks } from '../../archive/manifest-checks/all.ts'
import { riskOf } from '../../archive/permissions.ts'
import { defaultArchiveLimits } from '../../archive/limits.ts'
import type { InspectionSummary } from '../../inspection/inspect-package.ts'
import { createInspector } from '../../inspection/inspector.ts'
import { messageOf } from '../../lib/errors.ts'
import type { Session } from '../session.ts'
import { plain, type Console } from '../console.ts'
import { EXIT, usageError } from '../exit.ts'
import { countFindings, findingLines, plural, sizeText } from '../findings.ts'
import { riskText } from '../package-text.ts'
import { readPackage } from '../read-package.ts'

/** `patchbay check`: what a server would find, without one. */
export function checkCommand(session: Session): Command {
  return new Command('check')
    .summary('checks a plugin as a server does, offline')
    .description(
      'Checks a plugin as a server does: archive, manifest, and the scan of its code. A folder is packed first, in\n' +
        'memory. Nothing is sent anywhere. Ends with 1 where a server would refuse the package.',
    )
    .argument('[folder or archive]', 'the plugin', '.')
    .option('--host <file>', 'JSON of what the host offers: hooks, events, filters, modules, resources')
    .addHelpText(
      'after',
      `
Examples:
  $ patchbay check
  $ patchbay check welcome-email-1.0.0.zip
  $ patchbay check welcome-email --host host.json      {"hooks": ["service_provision"], "filters": []}
  $ patchbay check --json | jq '.findings[] | select(.severity == "ERROR")'`,
    )
    .action(async (file: string, options: { host?: string }) => {
      const host = options.host === undefined ? null : await readHost(options.host)
      const { bytes, name } = await readPackage(file)
      const inspection = await inspect(bytes, host)
      const { report, digest, size, format, claims } = inspection
      const notChecked = leftToServer(host)
      session.console.result(
        { file: name, ...claims, digest, size, format, ...report, notChecked },
        function* () {
          yield* findingLines(report.findings, session.console)
          yield summary(inspection, name, session.console)
          yield session.console.paint(
            'dim',
            `Left to the server: ${notChecked.map(({ what }) => what).join('; ')}.`,
          )
        },
      )
      if (!report.valid) session.exit = EXIT.findings
    })
}

async function inspect(bytes: Uint8Array, host: HostKnowledge | null): Promise<InspectionSummary> {
  const inspector = createInspector({ threads: 1 })
  try {
    return await inspector.inspect(bytes, { limits: defaultArchiveLimits, host, advisory: [] })
  } finally {
    await inspector.close()
  }
}

function summary(
  { report, manifest, claims, format, size }: InspectionSummary,
  name: string,
  console: Console,
): string {
  const plugin = claims.id === null ? plain(name) : plain(`${claims.id} ${claims.version ?? ''}`.trim())
  const verdict = report.valid
    ? console.paint('green', 'can be submitted')
    : console.paint('red', 'would be refused')
  const found = `${countFindings(report.findings)} in ${plural(report.checks.length, 'check')}`
  const risks = (manifest?.permissions ?? []).map(({ permission }) => ({
    permission,
    risk: riskOf(permission, manifest!),
  }))
  const risk = report.valid ? `, risk ${plain(riskText(report.riskLevel, risks))}` : ''
  const what = format === null ? sizeText(size) : `${format}, ${sizeText(size)}`
  return `${console.paint('bold', plugin)} (${what}) ${verdict}: ${found}${risk}.`
}

/** Checks that need what only a server knows. */
function leftToServer(host: HostKnowledge | null): { what: string; checks: string[] }[] {
  const hostChecks = manifestChecks.filter(({ needsHost }) => needsHost).map(({ name }) => name)
  return [
    { what: 'whether the version is new there', checks: [] },
    { what: 'whether dependencies lead back to the plugin', checks: ['manifest.dependencies.cycle'] },
    { what: 'signatures', checks: ['signature.form', 'signature.key', 'signature.valid'] },
    ...(host === null
      ? [
          {
            what: 'whether the host knows the names that the manifest uses (or give --host)',
            checks: hostChecks,
          },
        ]
      : []),
  ]
}

const names = z.array(z.string()).nullable().default(null)
const hostSchema = z.strictObject({
  hooks: names,
  events: names,
  filters: names,
  modules: names,
  resources: names,
})

async function readHost(file: string): Promise<HostKnowledge> {
  try {
    return hostSchema.parse(JSON.parse(await readFile(file, 'utf8')))
  } catch (error) {
    const reason =
      error instanceof z.ZodError
        ? error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`.trim()).join(', ')
        : messageOf(error)
    throw usageError(
      `${file} does not say what a host offers (${plain(reason)}): write {"hooks": ["…"], "events": […]}.`,
      { cause: error },
    )
  }
}
