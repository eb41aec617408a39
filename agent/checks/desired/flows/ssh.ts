import { familyOf } from '../../../programs/address.ts'
import type { Family } from '../../../programs/address.ts'
import type { Firewall } from '../../../programs/netfilter/firewall.ts'
import { overFamily } from '../flow.ts'
import type { Flow } from '../flow.ts'
import { usesFamily } from '../host-address.ts'
import type { PreflightInput } from '../rule.ts'
import { eachAddress, servedSteps } from './connection.ts'

/**
 * A person must be able to log in from somewhere. Which sources may is the user's choice; an error is
 * only that none is left in the family of `ansible_host`.
 */
export function sshFlows(
  { self, sshPort = 22 }: PreflightInput,
  firewall: Firewall,
): readonly Flow[] {
  const main = self.addresses.map(familyOf).find((family) => family !== null) ?? 'ipv4'
  const families: readonly Family[] = ['ipv4', 'ipv6']
  return families
    .filter((family) => usesFamily(self, family))
    .map((family) => {
      const name = `ssh (port ${sshPort})${overFamily(family)}`
      const served = { family, protocol: 'tcp', port: sshPort, address: undefined, name } as const
      return {
        level: family === main ? 'error' : 'warning',
        consequence: 'nobody could log in to repair the node',
        steps: servedSteps(served, undefined),
        attempts: eachAddress(firewall, family, self, (client) => servedSteps(served, client)),
        warnsOfDoubt: false,
      }
    })
}
