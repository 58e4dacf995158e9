import type { CliPackageFragment, ReviewDecision } from '../../schema/generated/graphql.ts'
import type { RiskLevel } from '../archive/permissions.ts'
import { plain, type Console } from './console.ts'
import { countFindings } from './findings.ts'

/** `welcome-email 1.0.0`. */
export function packageName({ plugin, version }: CliPackageFragment): string {
  return `${plugin.slug} ${version}`
}

/** Where a package stands, in one sentence: its state, who holds it, what is missing. */
export function standing(it: CliPackageFragment): string {
  const reason = it.statusReason ? `: ${it.statusReason}` : ''
  const sentences = {
    PENDING_REVIEW: 'waits for a reviewer',
    IN_REVIEW: `is held by ${it.heldBy?.name ?? 'a reviewer'}${approvals(it)}`,
    APPROVED: `is approved${by(it, 'APPROVED')} ${it.yankedAt === null ? 'and can be installed' : 'but was yanked: it is not installed anew'}`,
    REJECTED: `was rejected${by(it, 'REJECTED')}${reason}`,
    REVOKED: `was revoked${by(it, 'REVOKED')}${reason}`,
  }
  return sentences[it.status]
}

/** The same with the state's name before it, in its colour. */
export function standingLine(it: CliPackageFragment, console: Pick<Console, 'paint'>): string {
  return `${console.paint(COLOURS[it.status], it.status)}  ${plain(`${packageName(it)} ${standing(it)}`)}`
}

/** `HIGH (users:write: two reviewers must approve)`; what is less needs one. */
export function riskText(
  risk: RiskLevel,
  permissions: readonly { permission: string; risk: RiskLevel }[],
): string {
  if (risk !== 'HIGH') return risk
  const causes = permissions.filter((it) => it.risk === 'HIGH').map(({ permission }) => permission)
  return `HIGH (${causes.join(', ')}: two reviewers must approve)`
}

/** Everything that a publisher is told of a package, but for its findings. */
export function* detailLines(it: CliPackageFragment, console: Pick<Console, 'paint'>): Generator<string> {
  yield standingLine(it, console)
  const facts: [string, string][] = [
    ['registry', it.registry.slug],
    ['submitted', `${it.submittedAt}${it.submittedBy ? ` by ${it.submittedBy.name}` : ''}`],
    ['risk', riskText(it.validation.riskLevel, it.permissions)],
    ['findings', countFindings(it.validation.findings)],
    ['approvals', `${it.approvalsGiven} of ${it.approvalsNeeded}`],
    ['signature', it.signatureStatus],
    ['SHA-256', it.checksum],
  ]
  const refused = it.permissions.filter(({ granted }) => it.status === 'APPROVED' && !granted)
  if (refused.length > 0) {
    facts.push([
      'refused',
      `${refused.map(({ permission }) => permission).join(', ')} (asked for, not granted)`,
    ])
  }
  if (it.deprecated !== null) {
    facts.push([
      'deprecated',
      it.replacement ? `${it.deprecated} (use ${it.replacement.slug})` : it.deprecated,
    ])
  }
  if (it.yankedAt !== null)
    facts.push(['yanked', `${it.yankedAt}: ${it.yankReason ?? 'no reason was given'}`])
  for (const [name, value] of facts) yield `  ${name.padEnd(LABEL_WIDTH)}${plain(value)}`
  for (const { decision, reviewer, at, comment } of it.reviews) {
    const text = `${at}  ${decision}${reviewer ? ` by ${reviewer.name}` : ''}${comment ? `: ${comment}` : ''}`
    yield `  ${'review'.padEnd(LABEL_WIDTH)}${plain(text)}`
  }
}

const LABEL_WIDTH = 12
const COLOURS = {
  PENDING_REVIEW: 'yellow',
  IN_REVIEW: 'cyan',
  APPROVED: 'green',
  REJECTED: 'red',
  REVOKED: 'red',
} as const

function approvals({ approvalsGiven, approvalsNeeded }: CliPackageFragment): string {
  return approvalsNeeded > 1 ? `, ${approvalsGiven} of ${approvalsNeeded} approvals given` : ''
}

function by({ reviews }: CliPackageFragment, decision: ReviewDecision): string {
  const reviewer = reviews.findLast((review) => review.decision === decision)?.reviewer
  return reviewer ? ` by ${reviewer.name}` : ''
}
