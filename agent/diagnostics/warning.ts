import * as v from 'valibot'
import { formatProblem } from '../system/errors.ts'
import type { Problem } from '../system/errors.ts'
import type { Parsed } from '../system/parsed.ts'
import { severityOf } from './code.ts'
import type { Code } from './code.ts'

/** The schema of a Place: where an operator edits. */
export const placeSchema = v.object({
  file: v.string(),
  line: v.optional(v.number()),
  key: v.optional(v.string()),
})

/** The schema of {@link Warning}. A code of another version is understood, too. */
export const warningSchema = v.object({
  code: v.custom<Code>((value) => typeof value === 'string'),
  severity: v.picklist(['warning', 'notice']),
  /** One sentence, with the place where it is known: all that an operator has to read. */
  text: v.string(),
  place: v.exactOptional(placeSchema),
})

/** Something that is not as it should be, and that stops nothing. */
export interface Warning extends Parsed<typeof warningSchema> {}

/** A warning of a code. @param text one sentence */
export function warn(code: Code, text: string): Warning {
  return { code, severity: severityOf(code), text }
}

/** A warning about what an operator wrote. */
export function warnAt(code: Code, { place, message }: Problem): Warning {
  return { ...warn(code, formatProblem({ place, message })), place }
}

/** Each warning once: a run may meet the same in several of its steps. */
export function distinct(warnings: readonly Warning[]): readonly Warning[] {
  return [...new Map(warnings.map((one) => [`${one.code} ${one.text}`, one])).values()]
}
