import { warn } from '../diagnostics/warning.ts'
import type { Warning } from '../diagnostics/warning.ts'
import type { DumpedInstance } from '../programs/keepalived/keepalived-dump.ts'

/** What keepalived told, and when by a clock that never jumps. */
export interface VrrpView {
  readonly at: number
  readonly instances: readonly DumpedInstance[]
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
): readonly Warning[] {
  const earlier = new Map(before?.instances.map((one) => [one.name, one]))
  return now.instances.flatMap((instance) => {
    const first = earlier.get(instance.name)
    const elapsed = before === null ? 0 : now.at - before.at
    return [...judgeAdverts(first, instance, elapsed), ...judgeVips(instance, addresses)]
  })
}

/** Adverts that prove something: one may have been on its way. */
const provingAdverts = 2

function judgeAdverts(
  first: DumpedInstance | undefined,
  { name, state, stats, advertInterval }: DumpedInstance,
  elapsed: number,
): readonly Warning[] {
  if (first === undefined || first.state !== state) return []
  if (first.stats.timesMaster !== stats.timesMaster) return []
  const received = Math.max(
    stats.advertsReceived - first.stats.advertsReceived,
    stats.addressListErrors - first.stats.addressListErrors,
  )
  if (state === 'MASTER' && received >= provingAdverts) {
    const sentence = `${name} is MASTER here and on another node: they do not agree on who has its VIPs`
    return [warn('vrrp-two-masters', sentence)]
  }
  if (state === 'BACKUP' && received === 0 && elapsed > 4 * advertInterval) {
    const sentence = `${name} is BACKUP and hears no adverts of its master`
    return [warn('vrrp-adverts-missing', sentence)]
  }
  return []
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
