import type { AgentConfig } from '../../config/config.ts'
import type { Profile } from '../../store/profile.ts'
import type { Watch } from '../../watch/watch.ts'
import type { EvidenceExchange } from '../evidence/start-evidence.ts'
import type { Loop } from '../loop/loop.ts'
import type { Order, RunInHand } from '../loop/run-in-hand.ts'
import type { Schedule } from '../loop/schedule.ts'
import type { DaemonStatus } from './daemon-status.ts'

/** Whoever knows something of where the daemon stands. */
export interface StatusParts {
  readonly version: string
  /** When the daemon was started, ISO 8601. */
  readonly since: string
  readonly config: Pick<AgentConfig, 'onDrift'>
  /** null: no run has come that far. */
  readonly profile: Pick<Profile, 'evidence'> | null
  readonly schedule: Pick<Schedule, 'next'>
  readonly loop: Pick<Loop<Order>, 'inHand' | 'waiting'>
  readonly run: Pick<RunInHand, 'since' | 'phase' | 'lastDrift'>
  readonly watch: Pick<Watch, 'status'>
  readonly evidence: Pick<EvidenceExchange, 'peers' | 'problem'>
}

/** Where the daemon stands now. */
export function composeStatus(parts: StatusParts): DaemonStatus {
  const { version, since, config, profile, schedule, loop, run, watch, evidence } = parts
  const inHand = loop.inHand()
  const cause = inHand?.cause === 'person' ? inHand.order.request.cause : inHand?.cause
  return {
    version,
    pid: process.pid,
    since,
    nextRun: new Date(schedule.next()).toISOString(),
    onDrift: config.onDrift,
    inHand: cause === undefined ? null : { cause, since: run.since(), phase: run.phase() },
    waiting: loop.waiting().length,
    lastDrift: run.lastDrift(),
    watch: watch.status(),
    peers: profile?.evidence ? evidence.peers() : null,
    unheard: evidence.problem(),
  }
}
