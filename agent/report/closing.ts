import { CommitError, exitCodeOf, HeldError } from '../errors.ts'
import type { ExitCode } from '../errors.ts'
import { countResults } from './report.ts'
import type { Outcome, Result } from './report.ts'

/** How a run ended, and its results. */
interface End {
  readonly outcome: Outcome
  readonly exitCode: ExitCode
  readonly results: readonly Result[]
}

/** What a run worked on. */
interface Subject {
  readonly node: string | null
  readonly commit: string | null
  readonly subject: string | null
}

/** The sentence that closes a run: what happened, and what to do. */
export function closingSentence({ outcome, results }: End, about: Subject): string {
  const { changed, failed } = countResults(results)
  const state = describeState(about)
  switch (outcome) {
    case 'in-sync':
      return `${about.node} is in sync with ${state}; nothing to do.`
    case 'converged':
      return `${about.node} was brought in line with ${state}: ${count(changed, 'change')}.`
    case 'drift':
      return `${about.node} differs from ${state}: ${count(changed, 'resource')}. "evenkeel converge" would mend that.`
    case 'failed':
      return `${about.node} is not in line with ${state}: ${count(failed, 'failure')}, said above. The next run tries again.`
    case 'rolled-back':
      return `${about.node} could not be brought in line with ${state} and was rolled back: all is as it was before. Push a commit that mends what is said above.`
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

/** The end of a run that an error broke off. Nothing of ours is lost on the way: unknown errors keep their stack. */
export function endOfError(error: unknown): End & { readonly message: string } {
  const exitCode = exitCodeOf(error)
  if (error instanceof CommitError) {
    const last =
      'The commit was refused; nothing on this node was touched. Push one that mends this.'
    return { outcome: 'refused', exitCode, results: [], message: `${error.message}\n${last}` }
  }
  const outcome = error instanceof HeldError ? 'held' : 'failed'
  return { outcome, exitCode, results: [], message: messageOf(error) }
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const isOurs = ['LocalError', 'HeldError', 'UsageError'].includes(error.name)
  return isOurs ? error.message : (error.stack ?? error.message)
}
