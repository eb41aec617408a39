import { familyOf } from '../../../programs/address.ts'
import type { Finding } from '../../finding.ts'
import { readDesiredKeepalived } from '../keepalived-desired.ts'
import type { DesiredInstance } from '../keepalived-desired.ts'
import type { PreflightInput, Rule } from '../rule.ts'

/**
 * A name where keepalived takes an address alone: the own address of unicast adverts, and those of peers. They come
 * from `ansible_host`, for which a name is fine elsewhere.
 */
export const vrrpAddressName: Rule = { id: 'vrrp-address-name', check }

function check({ self, hosts = [] }: PreflightInput): readonly Finding[] {
  const instances = readDesiredKeepalived(self)?.instances ?? []
  const seen = new Set<string>()
  return instances.flatMap((instance) =>
    addressesOf(instance).flatMap(({ value, line }): readonly Finding[] => {
      // What only looks like an address is another rule's
      if (familyOf(value) !== null || /^[\d.]+$/.test(value) || seen.has(value)) return []
      seen.add(value)
      const host = hosts.find(({ address, name }) => address === value || name === value)
      const where = host === undefined ? `${instance.file}:${line} ` : ''
      const remedy =
        host === undefined
          ? 'write an address, or set ansible_host of that host'
          : `set ansible_host of ${host.name} to its address, or keepalived_ipv4_address beside the name`
      const message = `${where}"${value}" is a name, and adverts of ${instance.name} go to addresses alone: ${remedy}`
      const place = host?.place ?? instance.place
      return [{ rule: vrrpAddressName.id, level: 'error', place, message }]
    }),
  )
}

function addressesOf({
  unicastSourceIp,
  unicastPeers,
}: DesiredInstance): readonly { readonly value: string; readonly line: number }[] {
  return [...(unicastSourceIp === null ? [] : [unicastSourceIp]), ...unicastPeers]
}
