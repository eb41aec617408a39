import type { DaemonStatus } from '../../daemon/control/daemon-status.ts'
import type { PeerView } from '../../peers/evidence.ts'
import { formatAge, formatTime } from '../../system/format-time.ts'

/** A title and what is to be said below it. */
export type Line = readonly [string, string]

/**
 * What `evenkeel status` says of the daemon.
 * @param daemon null: none runs; a text: why it does not answer, or does not run
 * @param now milliseconds since the epoch
 */
export function formatDaemon(daemon: DaemonStatus | string | null, now: number): readonly Line[] {
  if (daemon === null) {
    return [['daemon', 'none runs; this node converges only when told to, by a person or by cron']]
  }
  if (typeof daemon === 'string') return [['daemon', daemon]]
  const { pid, since, nextRun, onDrift, inHand, waiting, lastDrift, watch } = daemon
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
  if (watch !== null && watch.haproxy !== 'unwatched') {
    const vips = watch.vips.length === 0 ? 'no VIP here' : `${watch.vips.join(', ')} here`
    lines.push(['watch', `${watch.sentence} (${watch.haproxy}); ${vips}`])
  }
  for (const peer of daemon.peers ?? []) lines.push(['peer', formatPeer(peer)])
  if (daemon.unheard !== null) lines.push(['evidence', `no peer can ask here: ${daemon.unheard}`])
  return lines
}

/** What a peer has proven, and when; else, or besides, why it has not. */
function formatPeer({ name, evidence, age, problem }: PeerView): string {
  if (evidence === null) return problem ?? name
  const { applied, phase, watch, disabled } = evidence
  const instances = watch.instances ?? []
  const clauses = [
    applied === null ? 'nothing applied' : applied.commit.slice(0, 8),
    `haproxy ${watch.haproxy}`,
    ...instances.map((instance) => `${instance.name} ${instance.state}`),
    ...(phase === null ? [] : [phase]),
    ...(disabled === null ? [] : [`disabled by ${disabled.who}: ${disabled.reason}`]),
  ]
  const heard = `${name}: ${clauses.join(', ')}; heard ${formatAge(age ?? 0)} ago`
  return problem === null ? heard : `${heard}, and since then ${problem}`
}
