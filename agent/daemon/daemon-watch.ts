import type { AgentConfig } from '../config/config.ts'
import type { Level, Log } from '../diagnostics/log.ts'
import type { PeerView } from '../peers/evidence.ts'
import { appendDeed } from '../store/history.ts'
import type { Profile } from '../store/profile.ts'
import type { Paths } from '../system/paths.ts'
import type { System } from '../system/system.ts'
import { toWatchEntry } from '../watch/watch-entry.ts'
import type { WatchEvent } from '../watch/watch-event.ts'
import { isBroken } from '../watch/watch-state.ts'
import { startWatch } from '../watch/watch.ts'
import type { Watch } from '../watch/watch.ts'

/** The watch as the daemon has it: it logs, keeps its deeds in the history, and follows agent.yml. */
export interface DaemonWatch extends Watch {
  /** agent.yml was read again. */
  configure(config: WatchKeys): void
}

type WatchKeys = Pick<AgentConfig, 'watch' | 'bothDown'>

/** What the watch in the daemon needs. */
export interface DaemonWatchOptions {
  readonly profile: Profile | null
  readonly config: WatchKeys
  readonly peers: () => readonly PeerView[]
  readonly paths: Pick<Paths, 'state' | 'vrrp'>
  readonly system: System
  readonly log: Log
  /** Who else wants to know. */
  readonly on: (event: WatchEvent) => void
}

/** Starts the watch in the daemon. */
export function startDaemonWatch(options: DaemonWatchOptions): DaemonWatch {
  const { paths, system, log } = options
  let { profile, config } = options
  let watch = start()

  function start(): Watch {
    const { peers } = options
    const { watch: mode, bothDown } = config
    return startWatch({ profile, mode, bothDown, peers, paths, system, on: heed })
  }

  function heed(event: WatchEvent): void {
    const { type, sentence, ...data } = event
    log(levelOf(event), `watch: ${type}`, { sentence, ...data })
    const entry = toWatchEntry(event, profile?.self ?? null, system.now())
    if (entry !== null) {
      appendDeed(entry, paths).catch((error: unknown) =>
        log('error', 'history could not be written', { error: String(error) }),
      )
    }
    options.on(event)
  }

  return {
    update(next) {
      profile = next
      watch.update(next)
    },
    phase: (phase) => watch.phase(phase),
    status: () => watch.status(),
    configure(next) {
      if (next.watch === config.watch && next.bothDown === config.bothDown) return
      config = next
      watch.stop()
      watch = start()
    },
    stop: () => watch.stop(),
  }
}

function levelOf(event: WatchEvent): Level {
  if (event.type === 'failover' || event.type === 'warning') return 'warning'
  if (event.type === 'restart') return event.error === null ? 'warning' : 'error'
  if (event.type === 'verdict') return isBroken(event.to) ? 'warning' : 'info'
  return 'notice'
}
