import { join } from 'node:path'
import * as v from 'valibot'
import { LocalError, messageOf, UsageError } from '../system/errors.ts'
import type { Paths } from '../system/paths.ts'
import type { System } from '../system/system.ts'

const schema = v.strictObject({
  version: v.literal(1),
  commits: v.record(
    v.string(),
    v.strictObject({ reason: v.string(), at: v.string(), subject: v.string() }),
  ),
})

/** The commits that this node refuses, by their full hash, each with why and since when (ISO 8601). */
export type Quarantine = v.InferOutput<typeof schema>['commits']
type Folder = Pick<Paths, 'state'>

/**
 * The full hash of the quarantined commit that a person means.
 * @param prefix its first digits, 7 or more
 * @throws UsageError that lists the quarantined commits when it is none of them, or more than one
 */
export function findQuarantined(prefix: string, quarantine: Quarantine): string {
  const commits = Object.keys(quarantine)
  const found = /^[0-9a-f]{7,64}$/i.test(prefix)
    ? commits.filter((commit) => commit.startsWith(prefix.toLowerCase()))
    : []
  const [commit] = found
  if (commit !== undefined && found.length === 1) return commit
  if (commits.length === 0) throw new UsageError('no commit is quarantined on this node')
  const fault =
    found.length > 1
      ? `more than one quarantined commit begins with ${prefix}`
      : `${prefix} is not among the quarantined commits`
  const list = commits.map((one) => `\n  ${one.slice(0, 12)} "${quarantine[one]?.subject}"`)
  throw new UsageError(`${fault}; name one of these by its first 7 digits or more:${list.join('')}`)
}

/**
 * The quarantined commits of this node; none when there is no file.
 * @throws LocalError when it is damaged: to start afresh unasked would let through what has failed
 */
export async function loadQuarantine(
  paths: Folder,
  system: Pick<System, 'readFile'>,
): Promise<Quarantine> {
  const file = quarantineFile(paths)
  const content = await system.readFile(file)
  if (content === null) return {}
  try {
    return v.parse(schema, JSON.parse(Buffer.from(content).toString())).commits
  } catch (error) {
    const fault = messageOf(error)
    throw new LocalError(
      `${file} is damaged (${fault}); "mv ${file} ${file}.damaged" lets all commits through`,
      { cause: error },
    )
  }
}

/** Replaces the list and returns once it is on the disk. */
export async function saveQuarantine(
  commits: Quarantine,
  paths: Folder,
  system: Pick<System, 'writeFile'>,
): Promise<void> {
  const content = Buffer.from(`${JSON.stringify({ version: 1, commits }, null, 2)}\n`)
  await system.writeFile(quarantineFile(paths), {
    content,
    mode: 0o600,
    owner: 'root',
    group: 'root',
  })
}

function quarantineFile(paths: Folder): string {
  return join(paths.state, 'quarantine.json')
}
