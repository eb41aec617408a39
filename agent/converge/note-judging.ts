import { forgetFelled, loadFelled, saveFelled } from '../store/felled.ts'
import { isProven } from '../store/good-release.ts'
import { saveQuarantine } from '../store/quarantine.ts'
import type { Quarantine } from '../store/quarantine.ts'
import { LimitError, LocalError } from '../system/errors.ts'
import type { Run } from './run.ts'

/** Runs that a commit may fell. */
const mostRuns = 2

/**
 * Judges a commit that was never in force here: it may take all memory, or never come to its end, and take this
 * process with it. It is noted before, and the note is removed after, unless the limits had to end it.
 */
export async function noteJudging<T>(
  commit: string | null,
  { node: { paths, system }, store, on, progress }: Run,
  judge: () => Promise<T>,
): Promise<T> {
  if (commit === null || isProven(store.state(), commit)) return judge()
  const before = await loadFelled(paths, system)
  const runs = (before?.commit === commit ? before.runs : 0) + 1
  await saveFelled({ commit, subject: progress.subject ?? '', runs }, paths, system).catch(ignore)
  on({ type: 'judging' })
  let isFelling = false
  try {
    return await judge()
  } catch (error) {
    isFelling = error instanceof LimitError
    throw error
  } finally {
    if (!isFelling) await forgetFelled(paths, system).catch(ignore)
  }
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
