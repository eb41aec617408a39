import { isSameAddress } from '../../../programs/address.ts'
import type { Finding } from '../../finding.ts'
import { readDesiredKeepalived } from '../keepalived-desired.ts'
import type { DesiredInstance } from '../keepalived-desired.ts'
import type { PreflightInput, Rule } from '../rule.ts'

/**
 * One VIP in two instances, or twice in one, which `keepalived -t` accepts: whichever instance gives it up
 * removes it from the interface, also while the other one is MASTER, so it comes and goes.
 */
export const vipTwice: Rule = { id: 'vip-twice', check }

interface Vip {
  readonly address: string
  readonly line: number
  readonly instance: DesiredInstance
}

function check({ self }: PreflightInput): readonly Finding[] {
  const vips = (readDesiredKeepalived(self)?.instances ?? []).flatMap(vipsOf)
  return vips.flatMap((vip, index): readonly Finding[] => {
    const first = vips.slice(0, index).find((one) => isSameAddress(one.address, vip.address))
    if (first === undefined) return []
    const { name, file, place } = vip.instance
    const where =
      first.instance.name === name ? `twice in ${name}` : `in ${first.instance.name} and in ${name}`
    return [
      {
        rule: vipTwice.id,
        level: 'error',
        place,
        message: `${file}:${vip.line} ${vip.address} is ${where}: an instance that leaves MASTER would take it from the interface while the other one needs it; name it once in keepalived_instances`,
      },
    ]
  })
}

function vipsOf(instance: DesiredInstance): readonly Vip[] {
  const { virtualIpAddresses, virtualIpAddressesExcluded } = instance
  return [...virtualIpAddresses, ...virtualIpAddressesExcluded].map(({ value, line }) => ({
    address: value.split('/')[0] ?? '',
    line,
    instance,
  }))
}
