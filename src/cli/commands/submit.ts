import { Command, InvalidArgumentError, Option } from 'commander'
import {
  CliRegistryDocument,
  CliSubmitDocument,
  type CliPackageFragment,
  type CliSubmitMutation,
} from '../../../schema/generated/graphql.ts'
import { seconds } from '../../lib/units.ts'
import { plain } from '../console.ts'
import { CliError, EXIT } from '../exit.ts'
import { countFindings, findingLines, plural, sizeText } from '../findings.ts'
import { noPayload } from '../graph/errors.ts'
import type { Graph } from '../graph/graph.ts'
import { packageName, riskText, standingLine } from '../package-text.ts'
import { progressBar } from '../progress.ts'
import { type NamedPackage, readPackage } from '../read-package.ts'
import type { Session } from '../session.ts'
import { readSignature, signWith } from '../signature.ts'
import { waitForDecision, type WaitOptions } from '../wait-for-decision.ts'

interface Options {
  registry?: string
  signature?: string
  key?: string
  changelog?: string
  wait?: boolean
  timeout?: number
}

/** `patchbay submit`: sends a package to a registry, and follows its review. */
export function submitCommand(session: Session): Command {
  return new Command('submit')
    .summary('sends a package to a registry, and waits for its review')
    .description(
      'Sends an archive, or a folder that is packed first, to a registry. What the server finds is told as patchbay\n' +
        'check tells it. With --wait it goes on until a reviewer has decided, also across lost connections.',
    )
    .argument('[folder or archive]', 'the plugin', '.')
    .option('--registry <slug>', "the registry; without it the platform's ENTERPRISE registry")
    .option('--signature <file>', 'what patchbay sign wrote for this very archive')
    .addOption(new Option('--key <file>', 'signs with this private key').conflicts('signature'))
    .option('--changelog <text>', 'what is new, for reviewers and users')
    .option('--wait', 'waits for the decision: ends with 0 once approved, with 4 once rejected')
    .option('--timeout <seconds>', 'with --wait: ends with 6 if it takes longer', parseSeconds)
    .addHelpText(
      'after',
      `
Examples:
  $ patchbay submit --changelog "Greets in French"
  $ patchbay submit welcome-email-1.1.0.zip --signature welcome-email-1.1.0.zip.sig --wait
  $ patchbay submit welcome-email --key publisher.pem --wait --timeout 3600 --json`,
    )
    .action(async (file: string, options: Options) => await submit(session, file, options))
}

function parseSeconds(text: string): number {
  const value = Number(text)
  if (Number.isFinite(value) && value > 0) return value
  throw new InvalidArgumentError('It is a number of seconds, more than 0.')
}

async function submit(session: Session, file: string, options: Options): Promise<void> {
  const { console } = session
  const packed = await readPackage(file)
  const signed = await signatureFor(session, packed.digest, options)
  const graph = await session.graph()
  const registryId = options.registry === undefined ? null : await findRegistry(graph, options.registry)
  const answer = await send(session, graph, packed, {
    file: null,
    checksum: packed.digest,
    ...(registryId === null ? {} : { registryId }),
    ...(options.changelog === undefined ? {} : { changelog: options.changelog }),
    ...(signed === null ? {} : { signature: signed.signature, keyId: signed.keyId }),
  })
  const { package: submitted, validation, userErrors } = answer
  const [refusal] = userErrors
  if (submitted === null || refusal !== undefined) return refused(session, packed, answer)
  // Before anything is told: from then on Ctrl-C is about the waiting.
  const wait = options.wait ? prepareToWait(session, submitted, options.timeout) : null
  console.result({ event: 'submitted', package: submitted, validation }, function* () {
    yield* findingLines(submitted.validation.findings, console)
    const found = `${countFindings(submitted.validation.findings)} in ${plural(validation?.checks.length ?? 0, 'check')}`
    yield `Submitted ${console.paint('bold', plain(packageName(submitted)))} to ${plain(submitted.registry.slug)}: ${found}, risk ${plain(riskText(submitted.validation.riskLevel, submitted.permissions))}.`
    yield standingLine(submitted, console)
    if (wait === null) yield `Follow it: ${followCommand(submitted)}`
  })
  if (wait !== null) session.exit = await waitForDecision(graph, submitted, console, wait)
}

async function signatureFor(session: Session, digest: string, { signature, key }: Options) {
  if (signature !== undefined) return await readSignature(signature, digest)
  return key === undefined ? null : await signWith(key, digest, session.console)
}

async function findRegistry(graph: Graph, slug: string): Promise<string> {
  const { registry } = await graph.request(CliRegistryDocument, { slug })
  if (registry !== null) return registry.id
  const message = `${graph.url} has no registry ${JSON.stringify(plain(slug))} that you may see: correct --registry.`
  throw new CliError(EXIT.refused, 'NOT_FOUND', message)
}

async function send(
  { console }: Session,
  graph: Graph,
  { bytes, name }: NamedPackage,
  input: { file: null; checksum: string },
): Promise<CliSubmitMutation['submitPackage']> {
  const bar = progressBar(console, `Sending ${plain(name)}`, bytes.length)
  try {
    const upload = { place: 'variables.input.file', name, bytes }
    const { submitPackage } = await graph.upload(CliSubmitDocument, { input }, upload, bar.at)
    if (isNothing(submitPackage)) throw noPayload(graph.url, 'submitPackage')
    return submitPackage
  } finally {
    bar.end()
  }
}

/** The types hold for a Patchbay; what answers may be none. */
function isNothing(payload: unknown): boolean {
  return payload === null || payload === undefined
}

/** Findings are told as `check` tells them; what is not about findings is told alone. */
function refused(
  session: Session,
  { name, bytes }: NamedPackage,
  { validation, userErrors }: CliSubmitMutation['submitPackage'],
): void {
  const { console } = session
  const errors = (validation?.findings ?? []).filter(({ severity }) => severity === 'ERROR')
  session.exit = errors.length > 0 ? EXIT.findings : EXIT.refused
  console.result({ event: 'refused', validation, userErrors, exitCode: session.exit }, function* () {
    yield* findingLines(validation?.findings ?? [], console)
    const why = userErrors.map(({ code, message }) => `${code}: ${message}`).join(' ')
    yield `${console.paint('red', 'Refused')} ${plain(name)} (${sizeText(bytes.length)}): ${plain(why)}`
  })
}

function prepareToWait(
  session: Session,
  submitted: CliPackageFragment,
  timeout: number | undefined,
): WaitOptions {
  const name = plain(packageName(submitted))
  return {
    interruption: session.interruption(
      `No longer waiting; ${name} stays submitted: ${followCommand(submitted)}`,
    ),
    timeoutMs: timeout === undefined ? null : seconds(timeout),
    afterTimeout: `There is no decision about ${name} yet: ${followCommand(submitted)}`,
  }
}

function followCommand({ plugin, version }: CliPackageFragment): string {
  return `patchbay status ${plain(plugin.slug)}@${version} --watch`
}
