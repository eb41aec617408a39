import { warn } from '../diagnostics/warning.ts'
import type { Warning } from '../diagnostics/warning.ts'
import type { DumpedInstance } from '../programs/keepalived/dump.ts'

/** What keepalived told, and when by a clock that never jumps. */
export interface VrrpView {
  readonly at: number
  readonly instances: readonly DumpedInstance[]
  /** Adverts of another master, by instance. Default: none. */
  readonly rivals?: ReadonlyMap<string, Rival>
}

/** Adverts that reached a master of late, and when the last of them was counted. */
interface Rival {
  readonly adverts: number
  readonly at: number
}

/** What is wrong, and what the next view is to be judged by. */
export interface VrrpJudgement {
  readonly warnings: readonly Warning[]
  readonly rivals: ReadonlyMap<string, Rival>
}

/**
 * What keepalived's own word says is wrong between the nodes: two masters, a backup that hears nothing, a
 * VIP that is not where its master is.
 * @param before an earlier view of the same keepalived
 * @param addresses all of this node's
 */
export function judgeVrrp(
  before: VrrpView | null,
  now: VrrpView,
  addresses: ReadonlySet<string>,
): VrrpJudgement {
  const earlier = new Map(before?.instances.map((one) => [one.name, one]))
  const rivals = new Map<string, Rival>()
  const warnings = now.instances.flatMap((instance): readonly Warning[] => {
    const { name, state } = instance
    const found = judgeVips(instance, addresses)
    const first = earlier.get(name)
    if (before === null || first === undefined || !continues(first, instance)) return found
    if (state === 'MASTER') {
      const rival = countRival(first, instance, before.rivals?.get(name), now.at)
      if (rival === null) return found
      rivals.set(name, rival)
      return rival.adverts < provingAdverts ? found : [warnOfRival(name), ...found]
    }
    return [...judgeSilence(first, instance, now.at - before.at), ...found]
  })
  return { warnings, rivals }
}

/** Adverts that prove something: one may have been on its way. */
const provingAdverts = 2

/** Adverts that a master receives no longer prove a rival after so many intervals without a further one. */
const rivalIntervals = 3

/** Its counters go on from those of an earlier view, in the same state. */
function continues(first: DumpedInstance, { state, stats }: DumpedInstance): boolean {
  return first.state === state && first.stats.timesMaster === stats.timesMaster
}

/** Up to 2.2.7 an advert with other VIPs counts as an error and not as received. */
function received(first: DumpedInstance, { stats }: DumpedInstance): number {
  return Math.max(
    stats.advertsReceived - first.stats.advertsReceived,
    stats.addressListErrors - first.stats.addressListErrors,
  )
}

/** @returns null: no other master was heard in the last intervals */
function countRival(
  first: DumpedInstance,
  now: DumpedInstance,
  before: Rival | undefined,
  at: number,
): Rival | null {
  const adverts = received(first, now)
  const isRecent = before !== undefined && at - before.at < rivalIntervals * now.advertInterval
  if (adverts === 0) return isRecent ? before : null
  return { adverts: (isRecent ? before.adverts : 0) + adverts, at }
}

function warnOfRival(name: string): Warning {
  const sentence = `${name} is MASTER here and on another node: they do not agree on who has its VIPs`
  return warn('vrrp-two-masters', sentence)
}

function judgeSilence(
  first: DumpedInstance,
  now: DumpedInstance,
  elapsed: number,
): readonly Warning[] {
  const isSilent = received(first, now) === 0 && elapsed > 4 * now.advertInterval
  if (now.state !== 'BACKUP' || !isSilent) return []
  const sentence = `${now.name} is BACKUP and hears no adverts of its master`
  return [warn('vrrp-adverts-missing', sentence)]
}

function judgeVips(
  { name, state, vips }: DumpedInstance,
  addresses: ReadonlySet<string>,
): readonly Warning[] {
  if (state === 'INIT') return []
  const isMaster = state === 'MASTER'
  return vips
    .filter((vip) => addresses.has(vip) !== isMaster)
    .map((vip) => {
      const where = isMaster ? 'is on no interface' : 'is on an interface of this node'
      return warn('vip-misplaced', `${name} is ${state}, but ${vip} ${where}`)
    })
}
