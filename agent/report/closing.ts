import { CommitError, describeError, exitCodeOf, HeldError } from '../system/errors.ts'
import type { ExitCode, Problem } from '../system/errors.ts'
import { countResults } from './report.ts'
import type { Outcome, Result } from './report.ts'

/** How a run ended, and its results. */
export interface End {
  readonly outcome: Outcome
  readonly exitCode: ExitCode
  readonly results: readonly Result[]
  /** Why the commit was refused, one by one. Default: it was not. */
  readonly problems?: readonly Problem[]
}

/** The end of a run, in words too: what happened, and what to do. */
export interface Ended extends End {
  readonly message: string
}

/** Whether a node is in sync with a commit, or would be but for check mode. */
export function isGood(outcome: Outcome): boolean {
  return outcome === 'in-sync' || outcome === 'converged' || outcome === 'drift'
}

/** What a run worked on. */
interface Subject {
  readonly node: string | null
  readonly commit: string | null
  readonly subject: string | null
  /** What it looked at alone: `11 resources with tag haproxy`; null: at all of it. */
  readonly part: string | null
}

/** What a sentence says besides what happened. */
interface More {
  /** What comes next after a failure; default: a word to whoever wrote the commit. */
  readonly advice?: string
  /** The commit is not the newest one, and holds nevertheless. */
  readonly stays?: boolean
}

/** The sentence that closes a run: what happened, and what to do. */
export function closingSentence(
  { outcome, results }: End,
  about: Subject,
  { advice, stays = false }: More = {},
): string {
  const { changed, failed } = countResults(results)
  const state = `${describeState(about)}${stays ? ', which stays in force' : ''}`
  const limit =
    about.part === null ? '' : ` Only ${about.part} took part; the others were not looked at.`
  switch (outcome) {
    case 'in-sync':
      return `${about.node} is in sync with ${state}; nothing to do.${limit}`
    case 'converged':
      return `${about.node} was brought in line with ${state}: ${count(changed, 'change')}.${limit}`
    case 'drift':
      return `${about.node} differs from ${state}: ${count(changed, 'resource')}. "evenkeel converge" would repair that.${limit}`
    case 'failed':
      return `${about.node} is not in line with ${state}: ${count(failed, 'failure')}, said above. ${advice ?? 'The next run tries again.'}`
    case 'rolled-back':
      return `${about.node} could not be brought in line with ${state} and was rolled back: all is as it was before. ${advice ?? 'Push a commit that mends what is said above.'}`
    default:
      return outcome
  }
}

function describeState({ commit, subject }: Subject): string {
  return commit === null ? 'the folder' : `${commit.slice(0, 8)} "${subject}"`
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}

/** The end of a run that an error broke off. */
export function endOfError(error: unknown): Ended {
  const exitCode = exitCodeOf(error)
  if (error instanceof CommitError) {
    const last =
      'The commit was refused; nothing of it touched this node. Push one that mends this.'
    const message = `${error.message}\n${last}`
    return { outcome: 'refused', exitCode, results: [], message, problems: error.problems }
  }
  const outcome = error instanceof HeldError ? 'held' : 'failed'
  return { outcome, exitCode, results: [], message: describeError(error) }
}

/**
 * The end of a run that could not put the newest commit in force, and enforced another one instead: the
 * first has the say, unless even the second went wrong, which to be held is not. Of the second, what it
 * found in sync is left out.
 */
export function combineEnds<T extends Ended>(first: T, second: T): T {
  const isFine = isGood(second.outcome) || second.outcome === 'held'
  const told = first.results.length === 0 ? second.results : second.results.filter(isNews)
  return {
    ...(isFine ? first : second),
    results: [...first.results, ...told],
    message: `${first.message}\n${second.message}`,
    problems: [...(first.problems ?? []), ...(second.problems ?? [])],
  }
}

function isNews({ status }: Result): boolean {
  return status === 'changed' || status === 'failed'
}
