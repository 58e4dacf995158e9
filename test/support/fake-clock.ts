import type { Clock } from '../../src/platform/clock.ts'

/** A clock that stands still until it is turned. */
export class FakeClock implements Clock {
  #now: number

  constructor(start: string | Date = '2026-01-01T00:00:00.000Z') {
    this.#now = new Date(start).getTime()
  }

  now(): Date {
    return new Date(this.#now)
  }

  advance(milliseconds: number): void {
    this.#now += milliseconds
  }
}
