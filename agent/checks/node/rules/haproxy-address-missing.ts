import { familyOf } from '../../../programs/address.ts'
import { haproxyConfigPath } from '../../../programs/haproxy/haproxy-lines.ts'
import { toKeyName } from '../../../resources/sysctl/key.ts'
import type { Finding } from '../../finding.ts'
import { isLocalAddress } from '../node-address.ts'
import { settingOf } from '../node-view.ts'
import { haproxyConcerns } from '../rule.ts'
import type { NodeRule } from '../rule.ts'
import { listenersOf, wantedHaproxy } from './haproxy-port-held.ts'

/** An address that is not on this node, such as a VIP that the peer holds: haproxy can't bind it. */
export const haproxyAddressMissing: NodeRule = {
  id: 'haproxy-address-missing',
  concerns: haproxyConcerns,
  check(wanted, node) {
    const config = wantedHaproxy(wanted)
    const { addresses } = node
    if (config === null || addresses === null) return []
    return listenersOf(config, wanted, node).flatMap((listener): readonly Finding[] => {
      const { address, line, text } = listener
      if (address === null || listener.isTransparent || isLocalAddress(address, addresses)) {
        return []
      }
      const key = `net/${familyOf(address) === 'ipv6' ? 'ipv6' : 'ipv4'}/ip_nonlocal_bind`
      if ((settingOf(key, wanted, node) ?? '0') !== '0') return []
      return [
        {
          rule: haproxyAddressMissing.id,
          level: 'error',
          place: config.place,
          message: `${haproxyConfigPath}:${line} ${text}: this node does not have the address, and ${toKeyName(key)} is 0: haproxy could not start; set ${toKeyName(key)} to 1 (sysctl_settings), or add "transparent", or bind another address`,
        },
      ]
    })
  },
}
