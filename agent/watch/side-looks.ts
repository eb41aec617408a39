import { networkInterfaces } from 'node:os'
import { warn } from '../diagnostics/warning.ts'
import type { Warning } from '../diagnostics/warning.ts'
import type { HealthScope } from '../health/health-scope.ts'
import type { PeerView } from '../peers/evidence.ts'
import type { System } from '../system/system.ts'
import { findRivals, holdVips } from './find-rivals.ts'
import type { Held } from './find-rivals.ts'
import type { HaproxyEye } from './haproxy-eye.ts'
import { warnOfBackends } from './lost-backends.ts'
import { warnOfPrimaryVips } from './primary-vips.ts'
import type { WatchEvent } from './watch-event.ts'
import { watchKeepalived } from './watch-keepalived.ts'
import type { KeepalivedSight, KeepalivedWatch } from './watch-keepalived.ts'

/** What the watch looks at beside haproxy itself: it is told, and moves nothing. */
export interface SideLooks {
  /** keepalived and haproxy's backends. @returns VIPs that came or went since the last look */
  look(given: SideLook): Promise<WatchEvent | null>
  /** What nothing asks for on this node is null. */
  keepalived(): KeepalivedSight | null
  /** @param peers what they prove now */
  warnings(peers: readonly PeerView[]): readonly Warning[]
  /** keepalived was told something that it will follow. */
  expectChange(): void
  setKeepalived(scope: HealthScope['keepalived']): void
}

/** What a look depends on. */
export interface SideLook {
  readonly eye: HaproxyEye | null
  readonly isServing: boolean
  /** A run asks keepalived itself. */
  readonly isBusy: boolean
}

/** 5 s between two questions about the backends: servers that are down move nothing. */
const backendsInterval = 5_000
/** A minute between two looks whether an upgrade has replaced what haproxy runs. */
const replacedInterval = 60_000

/** @param now a clock that never jumps */
export function createSideLooks(system: System, now: () => number): SideLooks {
  let keepalived: KeepalivedWatch | null = null
  let sight: KeepalivedSight | null = null
  let held: Held = new Map()
  let lostBackends: readonly string[] = []
  let backendsAt = -Infinity
  let replaced: string | null = null
  let replacedAt = -Infinity
  return {
    async look({ eye, isServing, isBusy }) {
      if (!isServing) lostBackends = []
      else if (now() - backendsAt >= backendsInterval) {
        backendsAt = now()
        lostBackends = (await eye?.lostBackends()) ?? []
      }
      if (now() - replacedAt >= replacedInterval) {
        replacedAt = now()
        replaced = eye?.replacedFiles() ?? null
      }
      const before = sight?.vips
      sight = keepalived?.look(isBusy) ?? null
      held = holdVips(held, sight?.vips ?? [], now())
      return before && sight?.vips ? compareVips(before, sight.vips) : null
    },
    // A peer that asks wants to know where VIPs are now, not at the last look
    keepalived: () => sight && { ...sight, vips: keepalived?.vips() ?? sight.vips },
    warnings: (peers) => [
      ...findRivals(held, peers, now()),
      ...(sight?.warnings ?? []),
      ...warnOfPrimaryVips(sight?.vips ?? [], networkInterfaces()),
      ...warnOfBackends(lostBackends),
      ...(replaced === null ? [] : [warn('files-replaced', replaced)]),
    ],
    expectChange: () => keepalived?.expectChange(),
    setKeepalived(scope) {
      keepalived = scope && watchKeepalived(scope, system, now)
      sight = null
    },
  }
}

/** VIPs that came or went; null: none. */
function compareVips(before: readonly string[], now: readonly string[]): WatchEvent | null {
  const gained = now.filter((vip) => !before.includes(vip))
  const lost = before.filter((vip) => !now.includes(vip))
  const clauses = [
    ...(gained.length > 0 ? [`${gained.join(', ')} came to this node`] : []),
    ...(lost.length > 0 ? [`${lost.join(', ')} left this node`] : []),
  ]
  return clauses.length === 0 ? null : { type: 'vips', gained, lost, sentence: clauses.join(', ') }
}
