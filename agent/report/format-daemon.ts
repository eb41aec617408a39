import type { DaemonStatus } from '../control/daemon-status.ts'
import type { PeerView } from '../evidence/evidence.ts'
import { formatTime } from '../rollout/choose-commit.ts'
import { formatAge } from './format-age.ts'

/** A title and what is to be said below it. */
export type Line = readonly [string, string]

/**
 * What `evenkeel status` says of the daemon.
 * @param daemon null: none runs; a text: why it does not answer
 * @param now milliseconds since the epoch
 */
export function formatDaemon(daemon: DaemonStatus | string | null, now: number): readonly Line[] {
  if (daemon === null) {
    return [['daemon', 'none runs; this node converges only when told to, by a person or by cron']]
  }
  if (typeof daemon === 'string') return [['daemon', daemon]]
  const { pid, since, nextRun, onDrift, inHand, waiting, lastDrift, watch, peers } = daemon
  const ago = (at: string): string => formatAge(now - Date.parse(at))
  const policy = onDrift === 'report' ? '; drift is only reported' : ''
  const lines: Line[] = [
    ['daemon', `runs (pid ${pid}, ${ago(since)}); next run at ${formatTime(nextRun)}${policy}`],
  ]
  if (inHand !== null) {
    const more = waiting === 0 ? '' : `, ${waiting} waiting`
    const doing = inHand.phase === null ? 'looking' : inHand.phase
    lines.push(['run', `${doing}, for ${ago(inHand.since)} (${inHand.cause}${more})`])
  }
  if (lastDrift !== null) {
    const end = lastDrift.isRepaired ? 'repaired' : 'left as it is'
    lines.push(['drift', `${ago(lastDrift.at)} ago, ${end}: ${lastDrift.resources.join(', ')}`])
  }
  if (watch.haproxy !== 'unwatched') {
    lines.push([
      'watch',
      `haproxy ${watch.haproxy}, ${ago(new Date(watch.since).toISOString())}: ${watch.sentence}`,
    ])
  }
  for (const peer of peers ?? []) lines.push([peer.name, formatPeer(peer)])
  return lines
}

/** Where a peer stands, as it proved it last. */
function formatPeer({ evidence, age, problem }: PeerView): string {
  const trouble = problem === null ? '' : `; it does not answer: ${problem}`
  if (evidence === null || age === null) return `nothing is known yet${trouble}`
  const { applied, watch, phase, disabled } = evidence
  const commit = applied === null ? 'no commit yet' : applied.commit.slice(0, 8)
  const vips = watch.vips.length === 0 ? 'no VIP' : watch.vips.join(', ')
  const doing = phase === null ? '' : `, ${phase}`
  const paused = disabled === null ? '' : `, disabled by ${disabled.who}: ${disabled.reason}`
  return `${commit}, haproxy ${watch.haproxy}, ${vips}${doing}${paused} (${formatAge(age)} ago)${trouble}`
}
