import { isSameAddress } from '../address.ts'
import { vipsOf } from './config.ts'
import type { VrrpInstance } from './config.ts'
import type { PlacedInstance } from './read-instances.ts'

/** Something that all nodes of an instance must agree on, and that a change of keepalived's files changes. */
export interface WireChange {
  /** Name of the instance, and the file that it would stand in. */
  readonly instance: string
  readonly file: string
  /** The line of the setting in its new file, from 1; that of the instance where the setting is left out. */
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
  after: readonly PlacedInstance[],
): readonly WireChange[] {
  return after.flatMap((now) => {
    const old = findSame(now, before)
    return old === null ? [] : compare(old, now)
  })
}

/** Its name is for this node alone: one that has another name and a VIP of an old one is the old one. */
function findSame(now: VrrpInstance, before: readonly VrrpInstance[]): VrrpInstance | null {
  const others = before.filter(({ family }) => family === now.family)
  const named = others.find(({ name }) => name === now.name)
  const all = vipsOf(now)
  const sharing = others.find((old) => vipsOf(old).some((vip) => isIn(vip, all)))
  return named ?? sharing ?? null
}

function compare(old: VrrpInstance, now: PlacedInstance): readonly WireChange[] {
  const isOldVersion = old.version === 2 && now.version === 2
  const { line, file, name: instance } = now
  const [was, is] = [old.virtualRouterId, now.virtualRouterId]
  const found = [
    { line: is?.line ?? line, what: change('virtual_router_id', was?.value, is?.value) },
    { line, what: change('version', old.version, now.version) },
    {
      line: now.unicastPeers[0]?.line ?? line,
      what: change('adverts', transport(old), transport(now)),
    },
    // Version 3 takes over the interval of the master, and has no passwords
    { line, what: isOldVersion ? change('advert_int', interval(old), interval(now)) : null },
    {
      line,
      what:
        isOldVersion && old.authentication !== now.authentication ? 'another authentication' : null,
    },
  ]
  const changes = found.flatMap(({ line, what }) =>
    what === null ? [] : [{ instance, file, line, what, isVipList: false }],
  )
  const vips = advertised(old, now)
  if (vips === null) return changes
  const at = now.virtualIpAddresses[0]?.line ?? line
  return [...changes, { instance, file, line: at, what: vips, isVipList: true }]
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
  const isSame =
    before.length === after.length &&
    before.every((address) => isIn(address, after)) &&
    after.every((address) => isIn(address, before))
  const list = (all: readonly string[]): string => all.join(', ') || 'none'
  return isSame ? null : `advertised VIPs ${list(before)} → ${list(after)}`
}

function isIn(address: string, others: readonly string[]): boolean {
  return others.some((other) => isSameAddress(address, other))
}

/** The length is not on the wire. */
function addresses({ virtualIpAddresses }: VrrpInstance): readonly string[] {
  return virtualIpAddresses.map(({ value }) => value.split('/')[0] ?? '')
}
