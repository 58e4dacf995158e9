import type { App } from '../../app.ts'
import { holdEnding } from './held-endings.ts'
import type { Target } from './target.ts'
import { writeEnding, type Ending } from './write-ending.ts'

/**
 * Ends the row of a run, and counts it. Where the database fails just then, this process keeps the end and writes it later: what ran
 * has run, and its caller is told of it.
 */
export async function endInvocation(app: App, target: Target, id: string, ending: Ending): Promise<void> {
  const ended = { id, target, ending, finishedAt: app.clock.now() }
  try {
    await writeEnding(app, ended)
  } catch (error) {
    holdEnding(app, ended, error)
  }
}
