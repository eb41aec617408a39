import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { parseJson } from '../../system/parse-json.ts'
import type { Hold } from '../../peers/watch-status.ts'

/** What keepalived adds to the priority, and its FAULT (role keepalived). */
const numbers = { fault: 1, drain: -100 } as const

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

/** Who keeps the VIPs away by this file. A file that is not there holds nothing: keepalived reads 0. */
export function readHolds(folder: string, file: HoldFile): readonly Hold[] {
  try {
    return parseHolds(file, readFileSync(join(folder, file), 'utf8'))
  } catch {
    return []
  }
}

/**
 * Sets or takes back what one owner wants of a file, and leaves the others theirs. At once and without
 * waiting: a death must reach keepalived within milliseconds, so that this is synchronous.
 * @param hold null takes it back
 * @returns whether there was anything to write
 * @throws Error when the folder is not there: then keepalived does not track it either
 */
export function setHold(
  folder: string,
  file: HoldFile,
  owner: Hold['owner'],
  hold: Pick<Hold, 'reason' | 'since'> | null,
): boolean {
  const present = readHolds(folder, file)
  const others = present.filter((one) => one.owner !== owner)
  const own = present.find((one) => one.owner === owner)
  if (hold === null ? own === undefined : own?.reason === hold.reason) return false
  const { reason = '', since = '' } = hold ?? {}
  const holds = hold === null ? others : [...others, { file, owner, reason, since }]
  // keepalived hears of a rename, and never reads half a file
  const temporary = join(folder, `.${file}.new`)
  writeFileSync(temporary, formatHolds(file, holds), { mode: 0o644 })
  renameSync(temporary, join(folder, file))
  return true
}
