import { warn } from '../diagnostics/warning.ts'
import type { Fetched } from '../source/fetch-commit.ts'
import { findRelation } from '../source/relation.ts'
import type { SourceConfig } from '../source/source-config.ts'
import type { Memory } from '../store/memory.ts'
import type { Followed, Refused, State } from '../store/state.ts'
import { LocalError } from '../system/errors.ts'
import { checkTrust } from './check-trust.ts'
import { moveFault } from './move-fault.ts'
import type { Run } from './run.ts'

/**
 * Judges the newest commit before anything of it is checked out: it must bear a signature that counts, if
 * agent.yml asks for one, and history must have moved forward. Judged anew by every run, since what is wrong
 * may lie on this node; `refused` in the state tells people the outcome.
 * @returns null when it may be put in force
 */
export async function judgeNewest(
  fetched: Fetched,
  source: SourceConfig,
  memory: Memory,
  run: Run,
): Promise<Refused | null> {
  const found = await findFault(fetched, source, memory, run)
  const { refused: before } = memory.state()
  const { commit, subject } = fetched
  const tag = fetched.tag?.name ?? null
  const isKnown = found?.reason === before?.reason && (found === null || commit === before?.commit)
  const at = new Date(run.node.system.now()).toISOString()
  const refused = found === null || isKnown ? before : { commit, subject, at, tag, ...found }
  const next = found === null ? null : refused
  if (next !== before && run.request.mode !== 'plan') {
    await memory
      .update((state) => ({ ...state, refused: next }))
      .catch((error: unknown) => {
        if (!(error instanceof LocalError)) throw error
        run.progress.warnings.push(warn('state-unwritten', error.message))
      })
  }
  return next
}

async function findFault(
  fetched: Fetched,
  source: SourceConfig,
  memory: Memory,
  run: Run,
): Promise<Pick<Refused, 'kind' | 'reason'> | null> {
  const unverified = await checkTrust(fetched, source, memory, run)
  if (unverified !== null) return { kind: 'unverified', reason: unverified }
  const from = followedBy(memory.state())
  if (from === null) return null
  try {
    const relation = await findRelation(source, fetched.commit, from.commit)
    const rewound = moveFault(from, fetched, relation)
    return rewound === null ? null : { kind: 'rewound', reason: rewound }
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

/** The state once this node is in line with the newest commit. */
export function recordFollowed(
  state: State,
  { commit, subject, tag }: Fetched,
  now: number,
): State {
  const { followed } = state
  const isKnown = followed?.commit === commit && followed.tag === (tag?.name ?? null)
  const isTold = followed?.subject === subject
  if (isKnown && isTold) return state
  const at = new Date(now).toISOString()
  const accepted = followed?.commit === commit ? followed.accepted : null
  return { ...state, followed: { commit, subject, at, tag: tag?.name ?? null, accepted } }
}
