import { familyOf, isSameAddress } from '../../../programs/address.ts'
import type { Firewall } from '../../../programs/netfilter/firewall.ts'
import type { Flow } from '../flow.ts'
import { isLocal, usesFamily } from '../host-address.ts'
import type { HostState, PreflightInput } from '../rule.ts'
import { eachAddress, usedSteps } from './connection.ts'

/** The way to the commit that repairs everything else. A remote given by name may have any address. */
export function gitRemoteFlows(input: PreflightInput, firewall: Firewall): readonly Flow[] {
  const { self, remote } = input
  if (remote === null || isOnThisNode(remote.host, self)) return []
  const { host, port, protocol } = remote
  const name = `the Git remote ${host}, port ${port} (${protocol})`
  const consequence = 'this node could fetch no further commit, not even the one that repairs this'
  const family = familyOf(host) ?? (usesFamily(self, 'ipv4') ? 'ipv4' : 'ipv6')
  const git = { family, protocol: 'tcp', port, address: undefined, name } as const
  if (familyOf(host) !== null) {
    // The node may leave by any of its addresses, also by one that isn't known here.
    const own = [...self.addresses.filter((it) => familyOf(it) === family), undefined]
    return [
      {
        level: 'error',
        consequence,
        steps: usedSteps(git, host),
        attempts: () => own.map((address) => usedSteps({ ...git, address }, host)),
        warnsOfDoubt: true,
      },
    ]
  }
  const dns = { ...git, protocol: 'udp', port: 53, name: 'the name servers (port 53)' } as const
  return [
    {
      level: 'error',
      consequence,
      steps: usedSteps(git, undefined),
      attempts: eachAddress(firewall, family, self, (it) => usedSteps(git, it)),
      warnsOfDoubt: false,
    },
    {
      level: 'warning',
      consequence: `${host} could not be looked up, and this node could fetch no further commit`,
      steps: usedSteps(dns, undefined),
      attempts: eachAddress(firewall, family, self, (it) => usedSteps(dns, it)),
      warnsOfDoubt: false,
    },
  ]
}

/** What stays inside the node is the loopback's matter. */
function isOnThisNode(remote: string, self: HostState): boolean {
  if (familyOf(remote) === null) return remote === 'localhost'
  return isLocal(remote) || self.addresses.some((own) => isSameAddress(own, remote))
}
