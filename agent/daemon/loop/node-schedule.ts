import { createHash } from 'node:crypto'
import type { AgentConfig } from '../../config/config.ts'
import { parseCron } from '../../config/cron.ts'
import type { Profile } from '../../store/profile.ts'
import type { Part } from '../part.ts'
import { startSchedule } from './schedule.ts'
import type { Schedule } from './schedule.ts'

/** The schedule of agent.yml, at this node's place among its peers. */
export interface NodeSchedule extends Part {
  /** When the next run is due: milliseconds since the epoch. */
  next(): number
  /** @throws UsageError when its schedule is wrong: the one before goes on */
  configure(config: ScheduleKeys): void
  /** A run has found out which peers there are. */
  update(profile: Profile): void
  stop(): void
}

type ScheduleKeys = Pick<AgentConfig, 'schedule' | 'splay' | 'node'>

export interface ScheduleOptions {
  readonly config: ScheduleKeys
  /** null: no run has come that far; then this node stands alone. */
  readonly profile: Profile | null
  /** Milliseconds from now to a first call, whatever the schedule says. Default: there is none. */
  readonly first?: number
}

/**
 * Calls `onDue` on schedule.
 * @throws UsageError when the schedule is wrong
 */
export function startNodeSchedule(
  { config, profile, first }: ScheduleOptions,
  onDue: () => void,
): NodeSchedule {
  let keys = config
  let known = profile
  let schedule = start(keys)
  let isStopped = false
  const timer = first === undefined ? undefined : setTimeout(onDue, first)

  function start({ schedule: expression, splay, node }: ScheduleKeys): Schedule {
    const cron = parseCron(expression)
    const peers = known?.scope.peers.map(({ name }) => name) ?? []
    const self = known?.self ?? node ?? ''
    const offset = splayOffset(self, peers, Math.min(splay * 1000, cron.gap))
    return startSchedule(cron, offset, onDue)
  }

  function restart(next: ScheduleKeys): void {
    // What the last run has found out comes after the stop
    if (isStopped) return
    const fresh = start(next)
    schedule.stop()
    schedule = fresh
    keys = next
  }

  return {
    next: () => schedule.next(),
    status: () => ({ nextRun: new Date(schedule.next()).toISOString() }),
    configure: restart,
    update(next) {
      const hasMoved = pairOf(next) !== pairOf(known)
      known = next
      if (hasMoved) restart(keys)
    },
    stop() {
      isStopped = true
      clearTimeout(timer)
      schedule.stop()
    },
  }
}

/** What the place of a node goes by. */
function pairOf(profile: Profile | null): string {
  return JSON.stringify([profile?.self, profile?.scope.peers.map(({ name }) => name)])
}

/**
 * How far behind the schedule this node runs, in milliseconds: the same at every start, other for every
 * pair, so that many nodes don't ask their Git server at once; and spread evenly over the nodes of one
 * pair, so that its nodes don't work at the same time.
 * @param self name in the inventory
 * @param peers names of the hosts that share a VRRP instance with it
 * @param splay milliseconds, the end of which is not reached
 */
export function splayOffset(self: string, peers: readonly string[], splay: number): number {
  const pair = [...new Set([self, ...peers])].sort()
  const share = hash(pair.join('\n')) + pair.indexOf(self) / pair.length
  return Math.floor((share % 1) * splay)
}

/** From 0 to below 1. */
function hash(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32BE() / 2 ** 32
}
