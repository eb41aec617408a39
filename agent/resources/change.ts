import * as v from 'valibot'
import type { Parsed } from '../system/parsed.ts'

/** The schema of {@link Change}. */
export const changeSchema = v.object({
  /** `content`, `mode`, `state`, `enabled`, a sysctl key, …; `content` is printed as a unified diff. */
  field: v.string(),
  /** null stands for "not there", as in `after`. */
  before: v.nullable(v.string()),
  after: v.nullable(v.string()),
  /** One clause for who reads the plan, where before and after do not say it all. */
  note: v.exactOptional(v.string()),
})

/** One field of a drift. Values are shown to operators. */
export interface Change extends Parsed<typeof changeSchema> {}
