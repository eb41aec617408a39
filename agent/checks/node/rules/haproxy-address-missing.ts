import { familyOf } from '../../../programs/address.ts'
import { toKeyName } from '../../../resources/sysctl/key.ts'
import type { Finding } from '../../finding.ts'
import { haproxyListeners, placeOfLine } from '../haproxy-listeners.ts'
import { isLocalAddress } from '../node-address.ts'
import { settingOf } from '../node-view.ts'
import { haproxyConcerns } from '../rule.ts'
import type { NodeRule } from '../rule.ts'

/** An address that is not on this node, such as a VIP that the peer holds: haproxy can't bind it. */
export const haproxyAddressMissing: NodeRule = {
  id: 'haproxy-address-missing',
  concerns: haproxyConcerns,
  check(wanted, node) {
    const { addresses } = node
    if (addresses === null) return []
    return haproxyListeners(wanted, node).flatMap((listener): readonly Finding[] => {
      const { address, file, line, text, isCertain } = listener
      if (address === null || listener.isTransparent || isLocalAddress(address, addresses)) {
        return []
      }
      const key = `net/${familyOf(address) === 'ipv6' ? 'ipv6' : 'ipv4'}/ip_nonlocal_bind`
      if ((settingOf(key, wanted, node) ?? '0') !== '0') return []
      return [
        {
          rule: haproxyAddressMissing.id,
          level: isCertain ? 'error' : 'warning',
          place: placeOfLine(listener, wanted),
          message: `${file}:${line} ${text}: this node does not have the address, and ${toKeyName(key)} is 0: haproxy ${isCertain ? 'could' : 'may'} not start; set ${toKeyName(key)} to 1 (sysctl_settings), or add "transparent", or bind another address`,
        },
      ]
    })
  },
}
