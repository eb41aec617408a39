/** What the pause jumps to when drift comes again soon. Milliseconds, as all here. */
const first = 500
const longest = 60_000
/** Drift this soon after a repair comes from the same source, which has not finished. */
const soon = 1_000

/**
 * How long to wait with the repair of drift that is seen now. A hand edit is repaired at once, while
 * something that writes on and on costs fewer and fewer runs.
 * @param before the pause that the last repair had
 * @param quietFor since the end of the last repair; Infinity: there was none
 */
export function pauseBeforeRepair(before: number, quietFor: number): number {
  if (quietFor >= Math.max(soon, before * 2)) return 0
  return Math.min(Math.max(first, before * 2), longest)
}

/** Spaces the repairs of what one watcher sees. */
export interface RepairPacer {
  /** Drift is seen now. @returns milliseconds until it is time for a run; null: one waits for its time already */
  seen(): number | null
  isWaiting(): boolean
  /** A run for drift has ended. */
  repaired(): void
  stop(): void
}

/** @param onDrift it is time for a run */
export function createRepairPacer(onDrift: () => void): RepairPacer {
  let pause = 0
  let lastRepair = Number.NEGATIVE_INFINITY
  let waiting: NodeJS.Timeout | null = null
  return {
    seen() {
      if (waiting !== null) return null
      pause = pauseBeforeRepair(pause, performance.now() - lastRepair)
      waiting = setTimeout(() => {
        waiting = null
        onDrift()
      }, pause)
      return pause
    },
    isWaiting: () => waiting !== null,
    repaired() {
      lastRepair = performance.now()
    },
    stop: () => clearTimeout(waiting ?? undefined),
  }
}
