import { createTask, validateDetailed } from 'node-cron'
import { messageOf, UsageError } from '../system/errors.ts'

/** When a schedule is due. */
export interface Cron {
  /** The first slot after now: milliseconds since the epoch. */
  next(): number
  /** Milliseconds between the two closest of the next slots: a splay stays below it. */
  readonly gap: number
  /** Forgets it. */
  end(): void
}

/** Enough to see both gaps of such as `0 6,18 * * *`, and more than most schedules have. */
const lookedAt = 25

/**
 * Reads a schedule with node-cron. Slots are in UTC: on a node's own clock, daylight saving would leave an
 * hour's slots out in spring and have them twice in autumn.
 * @throws UsageError
 */
export function parseCron(expression: string): Cron {
  const { valid, errors } = validateDetailed(expression)
  if (!valid) throw fault(expression, errors.map(({ message }) => message).join('; '))
  try {
    // Never started: see startSchedule.
    const task = createTask(expression, () => {}, { timezone: 'UTC' })
    const times = task.getNextRuns(lookedAt).map((slot) => slot.getTime())
    const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0))
    return {
      next: () => task.getNextRuns(1)[0]?.getTime() ?? Number.POSITIVE_INFINITY,
      gap: Math.min(...gaps),
      end: () => void task.destroy(),
    }
  } catch (error) {
    throw fault(expression, messageOf(error))
  }
}

function fault(expression: string, message: string): UsageError {
  return new UsageError(`agent.yml schedule: "${expression}": ${message}`)
}
