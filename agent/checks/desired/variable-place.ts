import type { Place } from '../../system/errors.ts'
import type { ValuePath } from '../../yaml/yaml.ts'
import type { HostState } from './rule.ts'

/**
 * Where the inventory has an item of a list, by its name: what an operator changes is there, not in the file that was
 * rendered from it. null: nowhere, as with what a role or a raw block of text says.
 * @param variable such as `haproxy_backends`
 * @param which of several items of that name, from 0. Default: the last one
 * @param below the keys that lead on from the item
 */
export function placeOfNamed(
  { variables }: HostState,
  variable: string,
  name: string,
  below: (item: Readonly<Record<string, unknown>>) => ValuePath,
  which = -1,
): Place | null {
  const found = variables?.get(variable)
  if (found === undefined || !Array.isArray(found.value)) return null
  const items: readonly unknown[] = found.value
  const indexes = items.flatMap((item, index) => (nameOf(item) === name ? [index] : []))
  const index = indexes.at(which)
  if (index === undefined) return null
  return found.place([index, ...below(items[index] as Readonly<Record<string, unknown>>)])
}

/** The same of a VRRP instance; that of the IPv6 VIPs of `NAME` is called `NAME_6`. */
export function placeOfInstance(
  host: HostState,
  name: string,
  below: (item: Readonly<Record<string, unknown>>) => ValuePath,
): Place | null {
  return (
    placeOfNamed(host, instances, name, below) ??
    placeOfNamed(host, instances, name.replace(/_6$/, ''), below)
  )
}

/** The place of a VIP in the list of its instance. @param vip as keepalived gets it */
export function placeOfVip(host: HostState, instance: string, vip: string): Place | null {
  return placeOfInstance(host, instance, ({ virtual_ipaddress: vips }) => {
    const list: readonly unknown[] = Array.isArray(vips) ? vips : []
    const index = list.findIndex((one) => firstWord(one) === vip)
    return index < 0 ? ['virtual_ipaddress'] : ['virtual_ipaddress', index]
  })
}

const instances = 'keepalived_instances'

function nameOf(item: unknown): unknown {
  return typeof item === 'object' && item !== null && 'name' in item ? item.name : undefined
}

/** A VIP is a text, with words such as `dev eth0` behind it, or a map. */
function firstWord(vip: unknown): string | undefined {
  const text = typeof vip === 'object' && vip !== null && 'address' in vip ? vip.address : vip
  return typeof text === 'string' ? text.trim().split(/\s/)[0] : undefined
}
