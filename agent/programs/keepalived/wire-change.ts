import { isSameAddress } from '../address.ts'
import type { VrrpInstance } from './config.ts'

/** Something that all nodes of an instance must agree on, and that a change of keepalived.conf changes. */
export interface WireChange {
  /** Name of the instance. */
  readonly instance: string
  /** The line of the instance in the new file, from 1. */
  readonly line: number
  /** One clause without a secret: `virtual_router_id 51 → 61`. */
  readonly what: string
  /** The list of VIPs in adverts, which keepalived 2.3.3 and later go by only with a warning. */
  readonly isVipList: boolean
}

/**
 * What a node would say on the wire that its peers, who run with the old file, take for somebody else's or
 * throw away: while only one of them has changed, both are MASTER (measured with 2.2.7: after one
 * Master_Down, 3.7 s with the default interval). An instance that is new or goes changes nothing here.
 */
export function findWireChanges(
  before: readonly VrrpInstance[],
  after: readonly VrrpInstance[],
): readonly WireChange[] {
  return after.flatMap((now) => {
    const old = before.find((one) => one.name === now.name && one.family === now.family)
    return old === undefined ? [] : compare(old, now)
  })
}

function compare(old: VrrpInstance, now: VrrpInstance): readonly WireChange[] {
  const isOldVersion = old.version === 2 && now.version === 2
  const clauses = [
    change('virtual_router_id', old.virtualRouterId?.value, now.virtualRouterId?.value),
    change('version', old.version, now.version),
    change('adverts', transport(old), transport(now)),
    // Version 3 takes over the interval of the master, and has no passwords
    isOldVersion ? change('advert_int', interval(old), interval(now)) : null,
    isOldVersion && old.authentication !== now.authentication ? 'another authentication' : null,
  ]
  const { name: instance, line } = now
  const changes = clauses
    .filter((clause) => clause !== null)
    .map((what) => ({ instance, line, what, isVipList: false }))
  const vips = advertised(old, now)
  return vips === null ? changes : [...changes, { instance, line, what: vips, isVipList: true }]
}

function change(
  name: string,
  old: string | number | undefined,
  now: string | number | undefined,
): string | null {
  return old === now ? null : `${name} ${old ?? 'unset'} → ${now ?? 'unset'}`
}

function transport({ unicastPeers, multicastGroup }: VrrpInstance): string {
  return unicastPeers.length > 0 ? 'by unicast' : `to ${multicastGroup}`
}

function interval({ advertInterval }: VrrpInstance): number {
  return Number(advertInterval ?? 1)
}

/** keepalived compares the number of addresses, and looks for each of its own (vrrp.c); their order is free. */
function advertised(old: VrrpInstance, now: VrrpInstance): string | null {
  const [before, after] = [addresses(old), addresses(now)]
  const isIn = (address: string, others: readonly string[]): boolean =>
    others.some((other) => isSameAddress(address, other))
  const isSame =
    before.length === after.length &&
    before.every((address) => isIn(address, after)) &&
    after.every((address) => isIn(address, before))
  const list = (all: readonly string[]): string => all.join(', ') || 'none'
  return isSame ? null : `advertised VIPs ${list(before)} → ${list(after)}`
}

/** The length is not on the wire. */
function addresses({ virtualIpAddresses }: VrrpInstance): readonly string[] {
  return virtualIpAddresses.map(({ value }) => value.split('/')[0] ?? '')
}
