import type { Fetched } from '../source/fetch-commit.ts'
import type { Commit } from '../source/mirror.ts'
import { findRelation } from '../source/relation.ts'
import type { Relation } from '../source/relation.ts'
import { compareVersions } from '../source/tag-version.ts'
import { inForce, name } from '../store/good-release.ts'
import type { StateEvent } from '../store/reduce.ts'
import type { Followed, Pin, Refused, Release, State } from '../store/state.ts'
import { LocalError } from '../system/errors.ts'
import { checkTrust } from './check-trust.ts'
import type { RepoRun } from './run.ts'

/** What is to be known of the newest commit before anything of it is checked out. */
export interface Judged {
  /** Why it must not be put in force; null: it may. */
  readonly refused: Refusal | null
  /** The release that an operator went back to, where it still holds; null: none does. */
  readonly pinned: Pin | null
  readonly events: readonly StateEvent[]
}

type Refusal = Pick<Refused, 'kind' | 'reason'>

/**
 * Judges the newest commit: it must bear a signature that counts, if agent.yml asks for one, and history must
 * have moved forward. Judged anew by every run, since what is wrong may lie on this node; `refused` in the
 * state reports the outcome.
 */
export async function judge(fetched: Fetched, run: RepoRun): Promise<Judged> {
  const state = run.store.state()
  // Out of reach, it is only put in force where nothing else is
  const isDue = fetched.reachable || inForce(state, run.quarantine) === null
  const { refused, events } = isDue ? await judgeNewest(fetched, run) : notJudged
  const pinned = refused === null ? await pinThatHolds(state.pinned, fetched, run) : state.pinned
  return { refused, pinned, events: pinned === null ? [...events, { type: 'unpinned' }] : events }
}

const notJudged = { refused: null, events: [] }

async function judgeNewest(fetched: Fetched, run: RepoRun): Promise<Omit<Judged, 'pinned'>> {
  const { fault, events } = await checkTrust(fetched, run)
  const refused: Refusal | null =
    fault === null ? await judgeMove(fetched, run) : { kind: 'unverified', reason: fault }
  const { commit, subject } = fetched
  const told = refused && { commit, subject, tag: fetched.tag?.name ?? null, ...refused }
  return { refused, events: [...events, { type: 'judged', refused: told }] }
}

async function judgeMove(fetched: Fetched, { source, store }: RepoRun): Promise<Refusal | null> {
  const from = followedBy(store.state())
  if (from === null) return null
  try {
    const relation = await findRelation(source, fetched.commit, from.commit)
    const fault = moveFault(from, fetched, relation)
    return fault === null ? null : { kind: 'rewound', reason: fault }
  } catch (error) {
    // A mirror that can't be read must not keep the good release from being enforced
    if (!(error instanceof LocalError)) throw error
    return { kind: 'rewound', reason: error.message }
  }
}

/** Where history has to go on from; null on a node on which nothing was applied yet. */
function followedBy({ followed, applied }: State): Omit<Followed, 'accepted'> | null {
  // A version that did not know `followed` has left the commit that it applied
  return followed ?? (applied === null ? null : { ...applied, tag: null })
}

/**
 * Why following a branch or tags must not lead from one commit to another, in one clause; null when it may.
 * History moves forward only: otherwise whoever can push could bring back old commits, with all their holes
 * and good signatures. A higher version may come from another branch of the same history, but only if its
 * tag is annotated: a lightweight one can be put anywhere by anybody who may push.
 */
function moveFault(
  from: Pick<Release, 'commit' | 'subject'> & Pick<Followed, 'tag'>,
  { commit, tag }: Pick<Commit, 'commit' | 'tag'>,
  relation: Relation,
): string | null {
  if (relation === 'same') return null
  const before = `${from.tag === null ? '' : `${from.tag}, `}${name(from)}, which this node was in line with`
  if (tag !== undefined && from.tag !== null && tag.name !== from.tag) {
    const isHigher = compareVersions(tag.name, from.tag) > 0
    if (!isHigher) return `${tag.name} is a lower version than ${before}`
    if (relation === 'aside' && tag.object !== commit) return null
  }
  const faults: Readonly<Record<Relation, string | null>> = {
    same: null,
    newer: null,
    older: `history was rewound: it is older than ${before}`,
    aside: `history was rewritten (by a forced push?): it does not contain ${before}`,
    unrelated: `its history does not contain ${before}: is this still the right repo?`,
  }
  return faults[relation]
}

/** A pin goes once the branch has moved on: to anything but an older commit. */
async function pinThatHolds(
  pinned: Pin | null,
  { commit, reachable }: Fetched,
  { source }: RepoRun,
): Promise<Pin | null> {
  if (pinned === null || commit === pinned.from || !reachable) return pinned
  const relation = await findRelation(source, commit, pinned.from).catch(unlessLocal)
  return relation === 'older' || relation === null ? pinned : null
}

function unlessLocal(error: unknown): null {
  if (!(error instanceof LocalError)) throw error
  return null
}
