import type { PeerView } from '../peers/evidence.ts'
import type { WatchStatus } from '../peers/watch-status.ts'
import { isServing } from './watch-state.ts'
import type { PeerSight } from './watch-state.ts'

/**
 * 3.2 s: peers are asked each second and have 1 s to answer, so that two questions in a row went without
 * an answer. Older than that, and what a peer has proven is no reason to leave the VIPs to it.
 */
const freshness = 3_200

/** What the peers prove, as the watch needs it. */
export function seePeers(views: readonly PeerView[]): {
  readonly peer: PeerSight
  /** Milliseconds since the last of them that is ready proved it; null: none is. */
  readonly readyAge: number | null
  /** All of them are in FAULT by their own will. */
  readonly isPeerInFault: boolean
} {
  const fresh = views.flatMap(({ evidence, age }) =>
    evidence !== null && age !== null && age <= freshness ? [{ ...evidence.watch, age }] : [],
  )
  const readyAges = fresh.flatMap(({ isReady, age }) => (isReady ? [age] : []))
  const isPeerInFault =
    fresh.length > 0 &&
    fresh.length === views.length &&
    fresh.every(({ holds }) => holds.some(({ file }) => file === 'fault'))
  const readyAge = readyAges.length === 0 ? null : Math.min(...readyAges)
  return { peer: sightOf(views, fresh), readyAge, isPeerInFault }
}

function sightOf(
  views: readonly PeerView[],
  fresh: readonly Pick<WatchStatus, 'haproxy' | 'isReady' | 'holds'>[],
): PeerSight {
  if (views.length === 0) return 'none'
  if (fresh.some(({ isReady }) => isReady)) return 'ready'
  // Drained and sound: the VIPs are better there than nowhere, but it has been asked to be left alone
  const isSpare = fresh.some(
    ({ haproxy, holds }) => isServing(haproxy) && holds.every(({ file }) => file === 'drain'),
  )
  return isSpare || fresh.length < views.length ? 'unknown' : 'worse'
}
