import { join } from 'node:path'
import * as v from 'valibot'
import { LocalError, messageOf } from '../system/errors.ts'
import type { Parsed } from '../system/parsed.ts'
import type { Paths } from '../system/paths.ts'
import type { System } from '../system/system.ts'

const release = v.strictObject({ commit: v.string(), at: v.string(), subject: v.string() })

const schema = v.strictObject({
  version: v.literal(1),
  /** The commit that this node was last in line with. */
  applied: v.nullable(release),
  /**
   * The commit of the last run, whatever became of it. `begun`: a run is on its way to a commit that was
   * never applied here, or was cut short on it.
   */
  attempted: v.nullable(
    v.strictObject({
      commit: v.string(),
      at: v.string(),
      outcome: v.string(),
      subject: v.optional(v.string()),
    }),
  ),
  /** Releases that this node was in line with, the newest first: what `evenkeel rollback` leads to. */
  good: v.optional(v.array(release), []),
  /** Chosen by hand, until the branch moves on from the commit `from`. `at`: since when. */
  pinned: v.optional(v.nullable(v.strictObject({ ...release.entries, from: v.string() })), null),
  /** A commit that did not come into force here, though nothing refuses it. */
  failing: v.optional(
    v.nullable(
      v.strictObject({
        commit: v.string(),
        /** How often it failed through its own fault. */
        byCommit: v.number(),
        /** How often it failed through a fault of this node. */
        byNode: v.number(),
        /** Scheduled runs leave it alone until then (ISO 8601). */
        notBefore: v.nullable(v.string()),
        /** One line. */
        reason: v.string(),
      }),
    ),
    null,
  ),
  /** A commit that was in force here, while the node can't be brought back in line with it. */
  repair: v.optional(
    v.nullable(
      v.strictObject({
        commit: v.string(),
        /** How often in a row that failed. */
        failures: v.number(),
        /** What differed after that (agent/apply/fingerprint-drift.ts); null: nobody could tell. */
        found: v.optional(v.nullable(v.string()), null),
        /** Scheduled runs leave it alone until then (ISO 8601). */
        notBefore: v.string(),
        /** One line. */
        reason: v.string(),
      }),
    ),
    null,
  ),
  /**
   * The newest commit of the branch, or of the tags, that this node was in line with: history has to go on
   * from it. `tag`: the one that led to it. `accepted`: who let it through and why; null: it came by itself.
   */
  followed: v.optional(
    v.nullable(
      v.strictObject({
        ...release.entries,
        tag: v.nullable(v.string()),
        accepted: v.nullable(v.strictObject({ who: v.string(), reason: v.string() })),
      }),
    ),
    null,
  ),
  /** The newest commit, when it must not be put in force, and why (one clause). `at`: since when. */
  refused: v.optional(
    v.nullable(
      v.strictObject({
        ...release.entries,
        tag: v.nullable(v.string()),
        kind: v.picklist(['unverified', 'rewound']),
        reason: v.string(),
      }),
    ),
    null,
  ),
  /** Good signatures, the newest first: of which commit or tag, by whom, and with which key files. */
  verified: v.optional(
    v.array(v.strictObject({ object: v.string(), keys: v.string(), signer: v.string() })),
    [],
  ),
  /** What exists because of us. Nothing else remembers it. */
  owned: v.array(
    v.strictObject({
      kind: v.string(),
      name: v.string(),
      before: v.nullable(v.string()),
      secret: v.exactOptional(v.boolean()),
    }),
  ),
})

/** What this node remembers from one run to the next: `state.json`. Times are in ISO 8601. */
export type State = Parsed<typeof schema>
/** A commit, since when it counts, and the first line of its message. */
export type Release = Parsed<typeof release>
/** A commit as people know it. */
export type Target = Pick<Release, 'commit' | 'subject'>
export type Pin = NonNullable<State['pinned']>
export type Followed = NonNullable<State['followed']>
export type Refused = NonNullable<State['refused']>
export type Failing = NonNullable<State['failing']>
export type Repair = NonNullable<State['repair']>

/** A node on which nothing was applied yet. */
export const emptyState: State = {
  version: 1,
  applied: null,
  attempted: null,
  good: [],
  pinned: null,
  failing: null,
  repair: null,
  followed: null,
  refused: null,
  verified: [],
  owned: [],
}

type Folder = Pick<Paths, 'state'>

const stateFile = (paths: Folder): string => join(paths.state, 'state.json')
/** Written whenever `owned` changes, so that it always knows all that is owned. */
const copyFile = (paths: Folder): string => join(paths.state, 'state.json.copy')

/**
 * The state of the last run; {@link emptyState} when there is none.
 * @throws LocalError when the file is damaged. It is left where it is, so that every run says so until a
 * person acts: to start afresh unasked would forget, for good, what is ours to take back.
 */
export async function loadState(paths: Folder, system: Pick<System, 'readFile'>): Promise<State> {
  const file = stateFile(paths)
  const read = parseState(await system.readFile(file))
  if (typeof read !== 'string') return read
  const copy = copyFile(paths)
  const saved = parseState(await system.readFile(copy))
  const hasCopy = typeof saved !== 'string' && saved !== emptyState
  const way = hasCopy
    ? `"cp ${copy} ${file}" brings back all ${saved.owned.length} things that are owned`
    : `once it is moved away ("mv ${file} ${file}.damaged") the node is managed as before, but what the repo no longer names is not taken back`
  throw new LocalError(`${file} ${read}, and nothing was done; ${way}`)
}

/** Replaces the state, readable to root alone, and returns once it is on the disk. */
export async function saveState(
  state: State,
  paths: Folder,
  system: Pick<System, 'readFile' | 'writeFile'>,
): Promise<void> {
  const file = { content: Buffer.from(`${JSON.stringify(state, null, 2)}\n`), ...privateFile }
  await system.writeFile(stateFile(paths), file)
  const copy = parseState(await system.readFile(copyFile(paths)))
  const isSame =
    typeof copy !== 'string' && JSON.stringify(copy.owned) === JSON.stringify(state.owned)
  if (!isSame) await system.writeFile(copyFile(paths), file)
}

const privateFile = { mode: 0o600, owner: 'root', group: 'root' }

/** @returns a clause that says what is wrong with it when it is damaged */
function parseState(content: Uint8Array | null): State | string {
  if (content === null) return emptyState
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(content).toString())
  } catch (error) {
    return `is damaged (${messageOf(error)})`
  }
  const parsed = v.safeParse(schema, value)
  if (parsed.success) return withGood(parsed.output)
  const [issue] = parsed.issues
  const path = v.getDotPath(issue)
  if (path === 'version') return 'was written by another version of Evenkeel'
  return `is damaged (${path === null ? '' : `${path}: `}${issue.message})`
}

/** A version that knew no list of good releases has left the one that it applied. */
function withGood(state: State): State {
  if (state.good.length > 0 || state.applied === null) return state
  return { ...state, good: [state.applied] }
}
