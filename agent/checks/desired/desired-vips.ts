import type { Place } from '../../system/errors.ts'
import { readDesiredKeepalived } from './keepalived-desired.ts'
import type { HostState } from './rule.ts'
import { placeOfVip } from './variable-place.ts'

/** A VIP that keepalived is to hold on a host. */
export interface DesiredVip {
  /** As written, with the length of its prefix. */
  readonly value: string
  readonly address: string
  /** Name of its VRRP instance. */
  readonly instance: string
  /** In the inventory, or else of the task that writes the file. */
  readonly place: Place
  /** Empty, or the line of the file where the inventory does not have it, with a blank behind. */
  readonly where: string
}

/** All VIPs of a host, in the order of its files. */
export function desiredVips(host: HostState): readonly DesiredVip[] {
  return (readDesiredKeepalived(host)?.instances ?? []).flatMap((instance) => {
    const { name, file, virtualIpAddresses, virtualIpAddressesExcluded } = instance
    return [...virtualIpAddresses, ...virtualIpAddressesExcluded].map(({ value, line }) => {
      const place = placeOfVip(host, name, value)
      const [address = ''] = value.split('/')
      return {
        value,
        address,
        instance: name,
        place: place ?? instance.place,
        where: place === null ? `${file}:${line} ` : '',
      }
    })
  })
}
