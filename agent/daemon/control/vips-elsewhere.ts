import { setTimeout as sleep } from 'node:timers/promises'
import type { PeerView } from '../../peers/evidence.ts'
import { askForStatus } from './ask-daemon.ts'

/** 1.5 s: peers are asked each second. What is older may be from before what they are asked about. */
const freshness = 1_500
/** Milliseconds for a daemon that is busy: whoever asks has to go on looking. */
const patience = 300

/**
 * The VIPs that the peers have, by their own word, as the daemon of this node knows it.
 * @param socket of the daemon
 * @returns null when no daemon runs here, there are no peers, or one of them doesn't tell
 */
export async function vipsElsewhere(socket: string): Promise<readonly string[] | null> {
  const status = await Promise.race([
    askForStatus(socket).catch(() => null),
    sleep(patience, null, { ref: false }),
  ])
  return findVips(status?.peers ?? [])
}

/** The VIPs of those who have told just now; null when one of them has not. */
export function findVips(peers: readonly PeerView[]): readonly string[] | null {
  const told = peers.flatMap(({ evidence, age }) =>
    evidence !== null && age !== null && age <= freshness ? [evidence.watch.vips] : [],
  )
  return told.length === 0 || told.length < peers.length ? null : told.flat()
}
