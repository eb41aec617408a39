import type { AgentConfig } from '../../config/config.ts'
import { parseCron } from '../../config/cron.ts'
import type { Profile } from '../../store/profile.ts'
import { startSchedule } from './schedule.ts'
import type { Schedule } from './schedule.ts'
import { splayOffset } from './splay.ts'

/** The schedule of agent.yml, at this node's place among its peers. */
export interface NodeSchedule extends Schedule {
  /** agent.yml was read again. @throws UsageError when its schedule is wrong: the one before goes on */
  configure(config: ScheduleKeys): void
  /** A run has found out which peers there are. */
  update(profile: Profile): void
}

type ScheduleKeys = Pick<AgentConfig, 'schedule' | 'splay' | 'node'>

/**
 * Calls `onDue` on schedule.
 * @param profile null: no run has come that far; then this node stands alone
 * @throws UsageError when the schedule is wrong
 */
export function startNodeSchedule(
  config: ScheduleKeys,
  profile: Profile | null,
  onDue: () => void,
): NodeSchedule {
  let keys = config
  let known = profile
  let schedule = start(keys)

  function start({ schedule: expression, splay, node }: ScheduleKeys): Schedule {
    const cron = parseCron(expression)
    const peers = known?.scope.peers.map(({ name }) => name) ?? []
    const self = known?.self ?? node ?? ''
    const offset = splayOffset(self, peers, Math.min(splay * 1000, cron.gap))
    return startSchedule(cron, offset, onDue)
  }

  return {
    next: () => schedule.next(),
    configure(next) {
      const fresh = start(next)
      schedule.stop()
      schedule = fresh
      keys = next
    },
    update(next) {
      const hasMoved = pairOf(next) !== pairOf(known)
      known = next
      if (!hasMoved) return
      schedule.stop()
      schedule = start(keys)
    },
    stop: () => schedule.stop(),
  }
}

/** What the place of a node goes by. */
function pairOf(profile: Profile | null): string {
  return JSON.stringify([profile?.self, profile?.scope.peers.map(({ name }) => name)])
}
