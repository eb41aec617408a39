import { forgetFelled, loadFelled, saveFelled } from '../store/felled.ts'
import type { Felled } from '../store/felled.ts'
import { isProven } from '../store/good-release.ts'
import { saveQuarantine } from '../store/quarantine.ts'
import type { Quarantine } from '../store/quarantine.ts'
import { LocalError } from '../system/errors.ts'
import type { Run } from './run.ts'

/** Runs that a commit may fell. */
const mostRuns = 2

/**
 * Judges a commit that was never in force here: it may take all memory, or never come to its end, and take this
 * process with it. It is noted before, and the note is removed after.
 */
export async function noteJudging<T>(
  commit: string | null,
  run: Run,
  judge: () => Promise<T>,
): Promise<T> {
  if (commit === null || isProven(run.store.state(), commit)) return judge()
  const { paths, system } = run.node
  const before = await countFelling(commit, run)
  run.on({ type: 'judging' })
  try {
    return await judge()
  } finally {
    const back = before === null ? forgetFelled(paths, system) : saveFelled(before, paths, system)
    await back.catch(ignore)
  }
}

/** Counts a run that a commit has felled, or may be about to. @returns what stood there of that commit before */
export async function countFelling(
  commit: string,
  { node: { paths, system }, progress }: Run,
): Promise<Felled | null> {
  const found = await loadFelled(paths, system)
  const before = found?.commit === commit ? found : null
  const next = { commit, subject: progress.subject ?? '', runs: (before?.runs ?? 0) + 1 }
  await saveFelled(next, paths, system).catch(ignore)
  return before
}

/** The disk may be full, or read-only: that is for those to say who change something. */
function ignore(error: unknown): void {
  if (!(error instanceof LocalError)) throw error
}

/** Adds the commit that has felled as many runs as it may: it is not judged a further time. */
export async function quarantineFelled(
  quarantine: Quarantine,
  { node: { paths, system }, store }: Run,
): Promise<Quarantine> {
  const felled = await loadFelled(paths, system)
  if (felled === null || felled.runs < mostRuns) return quarantine
  const { commit, subject, runs } = felled
  const reason = `it has felled ${runs} runs while it was judged, by too much time or memory`
  const at = new Date(system.now()).toISOString()
  const next = { ...quarantine, [commit]: { reason, at, subject } }
  await saveQuarantine(next, paths, system)
  store.record({ type: 'quarantined', commit })
  await forgetFelled(paths, system)
  return next
}
