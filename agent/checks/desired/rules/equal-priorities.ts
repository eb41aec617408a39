import { isSameAddress } from '../../../programs/address.ts'
import type { Finding } from '../../finding.ts'
import { readDesiredKeepalived } from '../keepalived-desired.ts'
import type { DesiredInstance } from '../keepalived-desired.ts'
import type { HostState, PreflightInput, Rule } from '../rule.ts'

/** Two hosts with the same priority in one VRRP instance: which of them holds the VIPs is left to chance. */
export const equalPriorities: Rule = { id: 'equal-priorities', check }

function check({ self, peers }: PreflightInput): readonly Finding[] {
  const own = readDesiredKeepalived(self)?.instances ?? []
  return peers.flatMap((peer) => {
    const theirs = readDesiredKeepalived(peer)?.instances ?? []
    return own.flatMap((instance) =>
      theirs.flatMap((other) => compare(instance, self, other, peer)),
    )
  })
}

function compare(
  own: DesiredInstance,
  self: HostState,
  other: DesiredInstance,
  peer: HostState,
): readonly Finding[] {
  const { virtualRouterId, priority } = own
  if (virtualRouterId === null || priority === null) return []
  if (virtualRouterId.value !== other.virtualRouterId?.value || own.family !== other.family)
    return []
  if (priority.value !== other.priority?.value) return []
  const isCertain = isSameLink(own, other, peer) && !own.conditional && !other.conditional
  const isMeant = isDecidedElsewhere(own) && isDecidedElsewhere(other)
  const names = own.name === other.name ? own.name : `${own.name} (on ${peer.host}: ${other.name})`
  const doubt = isCertain ? '' : ', if both are on the same network'
  return [
    {
      rule: equalPriorities.id,
      level: isCertain && !isMeant ? 'error' : 'warning',
      place: own.place,
      message: `${own.file}:${priority.line} ${self.host} and ${peer.host} would run ${names}, virtual_router_id ${virtualRouterId.value}, with the same priority ${priority.value}${doubt}: after an election either may hold the VIPs, and neither takes them back; give each host a priority of its own (priorities in keepalived_instances)`,
    },
  ]
}

/**
 * Scripts of a user's own, or nopreempt, may be what decides who holds the VIPs, so that equal priorities
 * are meant: then VIPs stay where they are as long as the scripts agree to that.
 */
function isDecidedElsewhere({ nopreempt, trackScripts }: DesiredInstance): boolean {
  return nopreempt || trackScripts.some((name) => name !== ourScript)
}

/** The check of role keepalived: what every node tracks does not tell nodes apart. */
const ourScript = 'evenkeel_haproxy'

/** The same interface name, or each a unicast peer of the other's network. */
function isSameLink(own: DesiredInstance, other: DesiredInstance, peer: HostState): boolean {
  if (own.interface?.value === other.interface?.value) return true
  const theirs = [other.unicastSourceIp?.value, ...peer.addresses]
  return own.unicastPeers.some((address) =>
    theirs.some((one) => one !== undefined && isSameAddress(address.value, one)),
  )
}
