import { warn } from '../diagnostics/warning.ts'
import {
  disabledFile,
  formatDisabled,
  readDisabled,
  saveDisabled,
  settle,
} from '../store/disabled.ts'
import { HeldError } from '../system/errors.ts'
import type { GivenRun } from './run.ts'

/**
 * Holds every run that would change something while an operator has disabled this node; a run that only looks
 * says so. What a crash has cut short comes to its end before this is asked: that is no new change.
 * @throws HeldError that says who, why, since when, until when, and how to end it
 */
export async function holdWhileDisabled({
  mode,
  node: { paths, system },
  progress,
}: Pick<GivenRun, 'mode' | 'node' | 'progress'>): Promise<void> {
  const isPlan = mode === 'plan'
  const now = system.now()
  const written = await readDisabled(paths, system)
  if (written === null) return
  const disabled = settle(written, now)
  if (disabled === null) {
    if (isPlan) return
    // A clock that is set back later must not bring it to life again
    await system.remove(disabledFile(paths))
    progress.warnings.push(
      warn('disable-expired', 'the time for which this node was disabled is over'),
    )
    return
  }
  const sentence = `this node is disabled ${formatDisabled(disabled, now)}`
  if (isPlan) {
    progress.warnings.push(warn('node-disabled', `${sentence}; "evenkeel enable" ends that`))
    return
  }
  if (disabled !== written) await saveDisabled(disabled, paths, system)
  throw new HeldError(
    `${sentence}\nNothing was changed. "evenkeel plan" shows what is due, "evenkeel enable" ends this. The watch of haproxy and its failover stay on.`,
  )
}
