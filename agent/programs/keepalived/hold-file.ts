import * as v from 'valibot'
import { parseJson } from '../../system/parse-json.ts'

/** What keepalived adds to the priority, and its FAULT (role keepalived). */
const numbers = { fault: 1, drain: -100 } as const

/** A reason for which keepalived is told to give the VIPs away. */
export interface Hold {
  /** `fault` gives them away within the skew, `drain` lowers the priority: make before break. */
  readonly file: 'fault' | 'drain'
  /** `watch`: haproxy does not serve; `run`: a change is being taken back; `operator`: a person asked. */
  readonly owner: 'watch' | 'run' | 'operator'
  readonly reason: string
  /** ISO 8601. */
  readonly since: string
}

export type HoldFile = Hold['file']

const schema = v.object({
  owner: v.picklist(['watch', 'run', 'operator']),
  reason: v.string(),
  since: v.string(),
})

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
    const read = v.safeParse(schema, parseJson(line))
    return read.success ? [{ file, ...read.output }] : []
  })
  if (holds.length > 0) return holds
  return [{ file, owner: 'operator', reason: 'written by hand', since: '' }]
}
