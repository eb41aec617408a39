/**
 * Where a person edits: `inventory/host_vars/lb1.yml:12 keepalived_priority`.
 * `line` and `column` count from 1. `key` is the dotted path of the value at fault.
 */
export interface Place {
  readonly file: string
  readonly line?: number | undefined
  readonly key?: string | undefined
}

/** `file:line key`, with what is known of it. */
export function formatPlace(place: Place): string {
  const position = place.line === undefined ? place.file : `${place.file}:${place.line}`
  return place.key === undefined ? position : `${position} ${place.key}`
}

/** One thing wrong with what a person wrote, and where. */
export interface Problem {
  readonly place: Place
  /** One clause that says what is wrong and what to do; no capital, no full stop. */
  readonly message: string
  /** Of the check that found it, where it was one; see the README. */
  readonly code?: string
}

export function formatProblem(problem: Problem): string {
  return `${formatPlace(problem.place)}: ${problem.message}`
}

/**
 * The commit (or the folder given with -i) asks for something that can't be: wait for a new commit.
 * Nothing on the node was touched. Exit 4.
 */
export class CommitError extends Error {
  readonly problems: readonly Problem[]

  constructor(problems: readonly Problem[]) {
    super(problems.map(formatProblem).join('\n'))
    this.name = 'CommitError'
    this.problems = problems
  }
}

/** It takes more time to judge than there is: to judge it again would take as much again. */
export class LimitError extends CommitError {}

/** A {@link CommitError} with a single problem. */
export function commitError(place: Place, message: string): CommitError {
  return new CommitError([{ place, message }])
}

/** Something on this node or in the network failed; the same run may succeed later. Exit 1. */
export class LocalError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'LocalError'
  }
}

/** A command did not end in time: a busy or broken node rather than a wrong commit. */
export class TimeoutError extends LocalError {}

/** Not now: another run has the lock, or the agent is disabled. Exit 5. */
export class HeldError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'HeldError'
  }
}

/** Another run has the lock: it may be free in a moment. */
export class LockedError extends HeldError {}

/** The command line or agent.yml is wrong: a person must act on this node. Exit 64. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'UsageError'
  }
}

/** What an error says. Anything can be thrown: what is no Error says what it is. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** For a report: one of ours is a sentence; an unknown one keeps its stack, since it is a fault of Evenkeel. */
export function describeError(error: unknown): string {
  const isOurs =
    error instanceof LocalError || error instanceof HeldError || error instanceof UsageError
  return error instanceof Error && !isOurs ? (error.stack ?? error.message) : messageOf(error)
}

/** Exit codes (README lists what they mean for a person). */
export const exitCode = {
  ok: 0,
  failed: 1,
  drift: 2,
  rolledBack: 3,
  refused: 4,
  held: 5,
  usage: 64,
} as const

export type ExitCode = (typeof exitCode)[keyof typeof exitCode]

/** The exit code that an error leads to. Anything that is not ours is a failure. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CommitError) return exitCode.refused
  if (error instanceof HeldError) return exitCode.held
  if (error instanceof UsageError) return exitCode.usage
  return exitCode.failed
}
