import { appendDeed } from '../../store/history.ts'
import { toWatchEntry } from '../../watch/watch-entry.ts'
import type { DaemonContext } from '../context.ts'
import type { Part } from '../part.ts'

/** Keeps what the watch does in the history. A run keeps itself there, also where no daemon runs. */
export function keepHistory({ node, events, log, profile }: DaemonContext): Part {
  let self = profile?.self ?? null
  const unsubscribe = events.subscribe((event) => {
    if (event.type !== 'watch') return
    const entry = toWatchEntry(event.event, self, node.system.now())
    if (entry === null) return
    appendDeed(entry, node.paths).catch((error: unknown) =>
      log('error', 'history could not be written', { error: String(error) }),
    )
  })
  return {
    update(next) {
      self = next.self
    },
    stop: unsubscribe,
  }
}
