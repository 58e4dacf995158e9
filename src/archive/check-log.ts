import type { CheckResult, Finding, FindingCategory } from './finding.ts'
import { printable } from './quote.ts'

/** Findings of one check; an archive of 2,000 bad names must not make a report of 2,000 lines. */
const MAX_FINDINGS_PER_CHECK = 20

/** Collects what checks say, and which of them ran. */
export class CheckLog {
  readonly #findings: Finding[] = []
  readonly #results = new Map<string, CheckResult & { told: number }>()

  /** Notes that a check ran to its end. A check that has an ERROR stays failed. */
  ran(check: string, category: FindingCategory): void {
    this.#result(check, category)
  }

  /** Adds a finding; past the twentieth of one check they are only counted. */
  add(finding: Finding): void {
    const result = this.#result(finding.check, finding.category)
    if (finding.severity === 'ERROR') result.passed = false
    result.told += 1
    if (result.told > MAX_FINDINGS_PER_CHECK) return
    const path = finding.path === undefined ? {} : { path: printable(finding.path) }
    this.#findings.push({ ...finding, ...path })
  }

  hasErrors(): boolean {
    return this.#results.values().some((result) => !result.passed)
  }

  findings(): Finding[] {
    const rest = [...this.#results.values()]
      .filter(({ told }) => told > MAX_FINDINGS_PER_CHECK)
      .map(({ check, category, passed, told }): Finding => {
        const message = `At least ${told - MAX_FINDINGS_PER_CHECK} more of the same kind.`
        return { severity: passed ? 'INFO' : 'ERROR', category, check, message }
      })
    return [...this.#findings, ...rest]
  }

  results(): CheckResult[] {
    return [...this.#results.values()].map(({ check, category, passed }) => ({ check, category, passed }))
  }

  #result(check: string, category: FindingCategory): CheckResult & { told: number } {
    const known = this.#results.get(check)
    if (known) return known
    const created = { check, category, passed: true, told: 0 }
    this.#results.set(check, created)
    return created
  }
}
