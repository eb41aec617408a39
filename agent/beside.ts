import type { AgentConfig } from './config.ts'
import { createEvidenceSource } from './evidence/evidence-source.ts'
import type { PeerView } from './evidence/evidence.ts'
import { startEvidence } from './evidence/start-evidence.ts'
import type { EvidenceExchange } from './evidence/start-evidence.ts'
import type { Node } from './converge.ts'
import type { Profile } from './profile.ts'
import { appendDeed } from './report/history.ts'
import type { Level, Log } from './report/log.ts'
import type { Phase } from './report/report.ts'
import { toWatchEntry } from './watch/watch-entry.ts'
import type { WatchEvent } from './watch/watch-event.ts'
import type { WatchStatus } from './watch/watch-status.ts'
import { startWatch } from './watch/watch.ts'

/** What goes on beside the runs, all the time: the watch over haproxy, and the evidence for the peers. */
export interface Beside {
  /** A run has found out more about this node. */
  update(profile: Profile): void
  /** What the run in hand does; null: it changes nothing, or there is none. */
  phase(phase: Phase | null): void
  watch(): WatchStatus
  /** null: this node has no key to ask with. */
  peers(): readonly PeerView[] | null
  stop(): Promise<void>
}

export interface BesideParts {
  readonly config: Pick<AgentConfig, 'watch' | 'bothDown'>
  /** null: no run has come to its end here yet. */
  readonly profile: Profile | null
  readonly node: Node
  readonly log: Log
}

const levels: Readonly<Record<WatchEvent['type'], Level>> = {
  verdict: 'notice',
  failover: 'error',
  return: 'notice',
  restart: 'warning',
  vips: 'notice',
  warning: 'warning',
}

/** Starts it. What is for peers begins as soon as there is a profile. */
export function startBeside({ config, profile: first, node, log }: BesideParts): Beside {
  const { paths, system } = node
  let profile = first
  let phase: Phase | null = null
  let exchange: EvidenceExchange | null = null
  const peers = (): readonly PeerView[] => exchange?.peers() ?? []
  const watch = startWatch({
    profile,
    mode: config.watch,
    bothDown: config.bothDown,
    peers,
    paths,
    system,
    on: tell,
  })
  const compose = createEvidenceSource(paths, system, () => ({
    host: profile?.self ?? '',
    phase,
    watch: watch.status(),
  }))
  if (profile !== null) exchange = startEvidence({ profile, compose, log })

  return {
    update(next) {
      profile = next
      watch.update(next)
      if (exchange === null) exchange = startEvidence({ profile: next, compose, log })
      else exchange.update(next)
    },
    phase(next) {
      phase = next
      watch.phase(next)
    },
    watch: () => watch.status(),
    peers: () => (profile?.evidence ? peers() : null),
    async stop() {
      watch.stop()
      await exchange?.stop()
    },
  }

  function tell(event: WatchEvent): void {
    const { sentence, type, ...data } = event
    log(levels[type], `watch: ${type}`, { sentence, ...data })
    const entry = toWatchEntry(event, profile?.self ?? null, system.now())
    // A full disk must not end the watch.
    if (entry !== null) appendDeed(entry, paths).catch(() => {})
  }
}
