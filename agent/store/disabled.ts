import { join } from 'node:path'
import * as v from 'valibot'
import { messageOf } from '../system/errors.ts'
import { formatAge, formatTime } from '../system/format-time.ts'
import type { Paths } from '../system/paths.ts'
import type { System } from '../system/system.ts'

const time = v.pipe(v.string(), v.isoTimestamp())
const schema = v.strictObject({
  version: v.literal(1),
  reason: v.string(),
  who: v.string(),
  since: time,
  until: v.nullable(time),
})

/**
 * A person wants nothing changed on this node: no run does, theirs included, until somebody enables it or
 * the time is over. Times are in ISO 8601; `until` null: until somebody enables it.
 */
export interface Disabled {
  readonly reason: string
  readonly who: string
  readonly since: string
  readonly until: string | null
}

type Folder = Pick<Paths, 'state'>
type ReadSystem = Pick<System, 'readFile' | 'now'>

/** Whether this node is disabled now; null when it is not. */
export async function findDisabled(paths: Folder, system: ReadSystem): Promise<Disabled | null> {
  const written = await readDisabled(paths, system)
  return written === null ? null : settle(written, system.now())
}

/**
 * What is written down; null when nothing is. Only a person makes that file, so a damaged one says that
 * nothing shall be changed, too.
 */
export async function readDisabled(paths: Folder, system: ReadSystem): Promise<Disabled | null> {
  const file = disabledFile(paths)
  const content = await system.readFile(file)
  if (content === null) return null
  try {
    return v.parse(schema, JSON.parse(Buffer.from(content).toString()))
  } catch (error) {
    const fault = messageOf(error)
    const reason = `${file} is damaged (${fault}), and whoever made it wanted nothing changed`
    return { reason, who: 'somebody', since: toText(system.now()), until: null }
  }
}

/**
 * What holds now: null once the time is over, the same object unless the clock was set back. What seems to
 * begin in the future then begins now, and lasts as long as was asked for.
 */
export function settle(disabled: Disabled, now: number): Disabled | null {
  const { since, until } = disabled
  const back = Math.max(0, Date.parse(since) - now)
  const end = until === null ? Infinity : Date.parse(until) - back
  if (end <= now) return null
  if (back === 0) return disabled
  return { ...disabled, since: toText(now), until: until === null ? null : toText(end) }
}

/** Writes it down, readable to root alone, and returns once it is on the disk: it outlasts a reboot. */
export async function saveDisabled(
  { reason, who, since, until }: Disabled,
  paths: Folder,
  system: Pick<System, 'writeFile'>,
): Promise<void> {
  const text = JSON.stringify({ version: 1, reason, who, since, until }, null, 2)
  await system.writeFile(disabledFile(paths), {
    content: Buffer.from(`${text}\n`),
    mode: 0o600,
    owner: 'root',
    group: 'root',
  })
}

/** `by alice since 2024-01-02 12:00:00 UTC (5 min), until …: why`. @param now milliseconds since the epoch */
export function formatDisabled({ reason, who, since, until }: Disabled, now: number): string {
  const end = until === null ? '"evenkeel enable"' : formatTime(until)
  const age = formatAge(now - Date.parse(since))
  return `by ${who} since ${formatTime(since)} (${age}), until ${end}: ${reason}`
}

/** Where it is written. No file: not disabled. */
export function disabledFile(paths: Folder): string {
  return join(paths.state, 'disabled.json')
}

function toText(time: number): string {
  return new Date(time).toISOString()
}
