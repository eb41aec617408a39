import type { HistoryEntry, WatchOutcome } from '../store/history.ts'
import type { WatchEvent } from './watch-event.ts'

/**
 * What the history keeps of the watch: failovers with their cause and how long they lasted, and restarts.
 * null for what is for the log alone.
 * @param node its name in the inventory
 * @param now milliseconds since the epoch
 */
export function toWatchEntry(
  event: WatchEvent,
  node: string | null,
  now: number,
): HistoryEntry | null {
  const outcome = outcomeOf(event)
  if (outcome === null) return null
  const at = new Date(now).toISOString()
  return {
    id: at.replaceAll(/\D/g, ''),
    at,
    node,
    commit: null,
    mode: 'watch',
    outcome,
    durationMs: 'duration' in event ? event.duration : 0,
    counts: { ok: 0, changed: 0, failed: 0, skipped: 0 },
    changes: [],
    message: messageOf(event),
    codes: [],
  }
}

function outcomeOf(event: WatchEvent): WatchOutcome | null {
  if (event.type === 'failover') return 'failed-over'
  if (event.type === 'return') return 'came-back'
  if (event.type !== 'restart') return null
  if (event.error === null) return 'restarted'
  // A start that fails for days would push everything else out of the history
  return Number.isInteger(Math.log2(event.attempt)) ? 'restart-failed' : null
}

function messageOf(event: WatchEvent): string {
  return event.type === 'return' ? `${event.sentence} again, after: ${event.cause}` : event.sentence
}
