import type { WatchEvent } from './watch-event.ts'

/** VIPs that came or went; null: none. */
export function compareVips(before: readonly string[], now: readonly string[]): WatchEvent | null {
  const gained = now.filter((vip) => !before.includes(vip))
  const lost = before.filter((vip) => !now.includes(vip))
  const clauses = [
    ...(gained.length > 0 ? [`${gained.join(', ')} came to this node`] : []),
    ...(lost.length > 0 ? [`${lost.join(', ')} left this node`] : []),
  ]
  return clauses.length === 0 ? null : { type: 'vips', gained, lost, sentence: clauses.join(', ') }
}
