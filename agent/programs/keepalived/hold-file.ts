import * as v from 'valibot'
import { parseJson } from '../../system/parse-json.ts'
import type { Parsed } from '../../system/parsed.ts'

/** What keepalived adds to the priority, and its FAULT (role keepalived). */
const numbers = { fault: 1, drain: -100 } as const

const inFile = v.object({
  /** `watch`: haproxy does not serve; `run`: a change is being rolled back; `operator`: an operator asked. */
  owner: v.picklist(['watch', 'run', 'operator']),
  reason: v.string(),
  /** ISO 8601. */
  since: v.string(),
})

/** The schema of {@link Hold}. */
export const holdSchema = v.object({
  /** `fault` gives them away within the skew, `drain` lowers the priority: make before break. */
  file: v.picklist(['fault', 'drain']),
  ...inFile.entries,
})

/** A reason for which keepalived is told to give the VIPs away. */
export interface Hold extends Parsed<typeof holdSchema> {}
export type HoldFile = Hold['file']

/**
 * What a tracked file says: a number for keepalived and, behind it, `operator` for the check that works
 * without an agent (roles/keepalived/files/check-haproxy): it never lifts what a person asked for. Then
 * one line of JSON for each hold. keepalived reads the first 127 bytes up to the end of the number.
 */
export function formatHolds(file: HoldFile, holds: readonly Hold[]): string {
  if (holds.length === 0) return '0\n'
  const isAsked = holds.some(({ owner }) => owner === 'operator')
  const lines = holds.map(({ owner, reason, since }) => JSON.stringify({ owner, reason, since }))
  return `${[`${numbers[file]} ${isAsked ? 'operator' : 'agent'}`, ...lines].join('\n')}\n`
}

/** A number that stands there alone was written by hand. */
export function parseHolds(file: HoldFile, text: string): readonly Hold[] {
  const [first = '', ...lines] = text.split('\n')
  // As strtol reads it
  const number = Number.parseInt(first.trim(), 10)
  if (!(Number.isInteger(number) && number !== 0)) return []
  const holds = lines.flatMap((line): readonly Hold[] => {
    const read = v.safeParse(inFile, parseJson(line))
    return read.success ? [{ file, ...read.output }] : []
  })
  if (holds.length > 0) return holds
  return [{ file, owner: 'operator', reason: 'written by hand', since: '' }]
}
