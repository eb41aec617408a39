import type { PeerView } from '../peers/evidence.ts'
import type { WatchStatus } from '../peers/watch-status.ts'
import type { Phase } from '../report/report.ts'
import { startWatch } from '../watch/watch.ts'
import type { Watch } from '../watch/watch.ts'
import type { DaemonContext } from './context.ts'
import type { Part } from './part.ts'

/** The watch as the daemon has it: follows runs and agent.yml. */
export interface WatchPart extends Part {
  /** Where it stands now. */
  view(): WatchStatus
}

/** Starts the watch. @param peers what they prove; asked for each decision */
export function startWatchPart(
  context: DaemonContext,
  peers: () => readonly PeerView[],
): WatchPart {
  const { node, events, warnings } = context
  let { profile, config } = context
  let phase: Phase | null = null
  let watch = start()
  const unsubscribe = events.subscribe((event) => {
    if (event.type !== 'run-phase') return
    phase = event.phase
    watch.phase(phase)
  })

  function start(): Watch {
    const { watch: mode, bothDown } = config
    const started = startWatch({
      profile,
      mode,
      bothDown,
      peers,
      ...node,
      on: (event) => events.emit({ type: 'watch', event }),
      warn: (found) => warnings.set('watch', found),
    })
    started.phase(phase)
    return started
  }

  return {
    view: () => watch.status(),
    update(next) {
      profile = next
      watch.update(next)
    },
    configure(next) {
      const isSame = next.watch === config.watch && next.bothDown === config.bothDown
      config = next
      if (isSame) return
      watch.stop()
      watch = start()
    },
    status: () => ({ watch: watch.status() }),
    stop() {
      unsubscribe()
      watch.stop()
    },
  }
}
