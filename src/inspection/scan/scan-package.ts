import { CheckLog } from '../../archive/check-log.ts'
import type { CheckResult, Finding } from '../../archive/finding.ts'
import type { Manifest } from '../../archive/manifest.ts'
import { lineFinder } from '../../archive/parse-module.ts'
import type { Archive } from '../../archive/read-archive.ts'
import { type Import, reachableModules } from './reachable.ts'
import { readModule } from './read-module.ts'
import type { PluginFacts, RuleRun, ScanRule, Tell, TextFile } from './rule.ts'
import { scanRules } from './rules/all.ts'
import { readTexts } from './texts-of-archive.ts'
import { walkModule } from './walk.ts'

/**
 * Scans the files of a plugin by every rule. Each rule is listed among the checks, passed or not; one that fails to run
 * is an ERROR of its own. Without a valid manifest, the rules that compare with it do not run.
 */
export function scanPackage(
  plugin: { archive: Pick<Archive, 'entries'>; manifest: Manifest | null },
  rules: readonly ScanRule[] = scanRules,
): { checks: CheckResult[]; findings: Finding[] } {
  return new Scan(plugin.archive, plugin.manifest, rules).run()
}

/** A finding before it is known whether the file that it is in can be reached. */
interface Told {
  rule: ScanRule
  message: string
  path: string | null
  line: number | null
}

interface RunningRule {
  rule: ScanRule
  run: RuleRun
  /** Findings so far, of those that are kept. */
  told: number
  hasCrashed: boolean
}

/** The report shows fewer of each rule; a file made of findings must not fill the memory. */
const MAX_TOLD = 200

class Scan {
  readonly #log = new CheckLog()
  readonly #told: Told[] = []
  readonly #running: RunningRule[] = []
  readonly #facts: PluginFacts
  readonly #rules: readonly ScanRule[]
  readonly #archive: Pick<Archive, 'entries'>

  constructor(archive: Pick<Archive, 'entries'>, manifest: Manifest | null, rules: readonly ScanRule[]) {
    this.#archive = archive
    this.#facts = { manifest, paths: new Set(archive.entries.keys()) }
    this.#rules = rules.filter((rule) => manifest !== null || !rule.needsManifest)
  }

  run(): { checks: CheckResult[]; findings: Finding[] } {
    for (const rule of this.#rules) {
      this.#log.ran(rule.name, 'SECURITY')
      const running: RunningRule = { rule, run: {}, told: 0, hasCrashed: false }
      this.#running.push(running)
      this.#guard(running, null, () => (running.run = rule.start(this.#facts)))
    }
    const texts = readTexts(this.#archive.entries)
    const imports = new Map<string, readonly Import[]>()
    for (const [path, text] of texts) this.#scanFile({ path, text }, imports)
    for (const running of this.#running) {
      this.#guard(running, null, () =>
        running.run.finish?.(({ message, path }) => this.#tell(running, message, path ?? null, null)),
      )
    }
    this.#report(reachableModules(this.#facts.manifest, texts, imports))
    return { checks: this.#log.results(), findings: this.#log.findings() }
  }

  #scanFile(file: TextFile, imports: Map<string, readonly Import[]>): void {
    let lineOf: ((offset: number) => number) | null = null
    const tellers = new Map<RunningRule, Tell>()
    for (const running of this.#running) {
      const tell: Tell = (at, message) =>
        this.#tell(
          running,
          message,
          file.path,
          at === null ? null : () => (lineOf ??= lineFinder(file.text))(at.start),
        )
      tellers.set(running, tell)
      this.#guard(running, file.path, () => running.run.text?.(file, tell))
    }
    try {
      this.#scanModule(file, tellers, imports)
    } catch (error) {
      // What the walk itself could not follow, no rule has seen.
      for (const running of this.#running) this.#crash(running, file.path, error)
    }
  }

  #scanModule(
    file: TextFile,
    tellers: ReadonlyMap<RunningRule, Tell>,
    imports: Map<string, readonly Import[]>,
  ): void {
    const module = readModule(file)
    if (module === null) return
    if ('problem' in module) {
      for (const running of this.#running) {
        this.#guard(running, file.path, () =>
          running.run.unread?.(module, (line, message) =>
            this.#tell(running, message, file.path, () => line),
          ),
        )
      }
      return
    }
    imports.set(file.path, module.imports)
    const subscribers = this.#running.flatMap((running) => {
      const visitors = this.#guard(running, file.path, () =>
        running.run.module?.(module.file, tellers.get(running)!),
      )
      if (visitors === undefined) return []
      return [{ visitors, crashed: (error: unknown) => this.#crash(running, file.path, error) }]
    })
    walkModule(module.file, module.origins, subscribers)
  }

  #guard<Result>(running: RunningRule, path: string | null, action: () => Result): Result | undefined {
    if (running.hasCrashed) return undefined
    try {
      return action()
    } catch (error) {
      this.#crash(running, path, error)
      return undefined
    }
  }

  #crash(running: RunningRule, path: string | null, error: unknown): void {
    if (running.hasCrashed) return
    running.hasCrashed = true
    const name = error instanceof Error ? error.name : 'unknown'
    const message = `This check could not be run (${name}). Report this.`
    const place = path === null ? {} : { path }
    this.#log.add({ severity: 'ERROR', category: 'SECURITY', check: running.rule.name, message, ...place })
  }

  #tell(running: RunningRule, message: string, path: string | null, line: (() => number) | null): void {
    running.told += 1
    if (running.told > MAX_TOLD) return
    this.#told.push({ rule: running.rule, message, path, line: line?.() ?? null })
  }

  #report(reachable: ReadonlySet<string>): void {
    for (const { rule, message, path, line } of this.#told) {
      const isReached = path === null || reachable.has(path)
      const severity = isReached ? rule.severity : (rule.unreachable ?? rule.severity)
      const place = { ...(path === null ? {} : { path }), ...(line === null ? {} : { line }) }
      this.#log.add({ severity, category: 'SECURITY', check: rule.name, message, ...place })
    }
  }
}
