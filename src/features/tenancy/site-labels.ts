import { z } from 'zod'

/** Labels are for choosing sites, not for storing things. */
const MAX_LABELS = 64

const labelValue = z.union([z.string().max(200, 'has at most 200 characters'), z.number(), z.boolean()])

/** Labels of a site: flat, names to texts, numbers or booleans. */
export const siteLabels = z
  .record(z.string().min(1).max(63, 'as label name has at most 63 characters'), labelValue)
  .refine((labels) => Object.keys(labels).length <= MAX_LABELS, `hold at most ${MAX_LABELS} entries`)
