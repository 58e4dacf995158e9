/**
 * What holding one value against one schema may cost, in units of about 2 µs; two thousand records of ten fields with a
 * pattern each take 100,000.
 */
const MAX_UNITS = 400_000

/** The schema and the value would keep us busy for longer than anyone waits. */
export class BudgetSpent extends Error {}

/**
 * Work that a schema may cause: references can double it at each step (40 of them make years), and they are short to
 * write.
 */
export interface Budget {
  /** @throws BudgetSpent */
  spend(units: number): void
  /** Begins a new value. */
  reset(): void
}

export function createBudget(): Budget {
  let left = MAX_UNITS
  return {
    spend: (units) => {
      left -= units
      if (left < 0) throw new BudgetSpent('takes too long to check')
    },
    reset: () => {
      left = MAX_UNITS
    },
  }
}
