import type { Cron } from '../../config/cron.ts'

/** Where a schedule stands. */
export interface Beat {
  /** A slot has passed since the last beat; more than one that passed count as one. */
  readonly isDue: boolean
  /** The slot that is waited for. */
  readonly next: number
}

/** The slots of a schedule around now. All times are milliseconds since the epoch. */
export interface Slots {
  /** The one that was waited for so far. */
  readonly awaited: number
  /** The first one after now. */
  readonly following: number
  /** Between two slots, at least. */
  readonly gap: number
}

/**
 * One look at the clock. A clock that was set forward, or stood still with its machine, makes the slots
 * that were jumped over due once. One that was set back a little does not bring a slot twice; one that was
 * set back by far must not keep us waiting until it has caught up.
 */
export function beat({ awaited, following, gap }: Slots, now: number): Beat {
  if (now >= awaited) return { isDue: true, next: following }
  return { isDue: false, next: awaited - following > gap ? following : awaited }
}

export interface Schedule {
  /** When the next run is due: milliseconds since the epoch. */
  next(): number
  stop(): void
}

/** Milliseconds after which a clock that has jumped is noticed at the latest. */
const longestWait = 10_000

/**
 * Calls `onDue` once for each slot of a schedule, `offset` milliseconds behind it. The timer is ours and
 * waits by a clock that never jumps: node-cron's own one walks through every slot that a clock has jumped
 * over, which takes it a minute for a year of minutes, and waits for a clock that was set back.
 * @param offset less than the gap of the schedule
 */
export function startSchedule(cron: Cron, offset: number, onDue: () => void): Schedule {
  let awaited = cron.next()
  let delayed: { readonly due: number; readonly timer: NodeJS.Timeout } | null = null
  let timer = setTimeout(look, wait())

  return {
    next: () => delayed?.due ?? awaited + offset,
    stop() {
      clearTimeout(timer)
      clearTimeout(delayed?.timer)
      cron.end()
    },
  }

  function wait(): number {
    return Math.max(1, Math.min(awaited - Date.now(), longestWait))
  }

  function look(): void {
    const now = Date.now()
    const { isDue, next } = beat({ awaited, following: cron.next(), gap: cron.gap }, now)
    awaited = next
    // One that is on its way, after a jump of the clock, serves this slot too.
    if (isDue && delayed === null) {
      const fire = (): void => {
        delayed = null
        onDue()
      }
      delayed = { due: now + offset, timer: setTimeout(fire, offset) }
    }
    timer = setTimeout(look, wait())
  }
}
