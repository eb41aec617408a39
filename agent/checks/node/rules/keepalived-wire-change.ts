import { parseKeepalivedConfig } from '../../../programs/keepalived/config.ts'
import { findWireChanges } from '../../../programs/keepalived/wire-change.ts'
import { keepalivedConfigPath } from '../../desired/keepalived-desired.ts'
import { keepalivedConcerns } from '../rule.ts'
import type { NodeRule } from '../rule.ts'
import { configIdOf, wantedKeepalived } from './keepalived-track-folder.ts'

/**
 * What all nodes of a VRRP instance must agree on, changed on this node alone. The gate rolls back what makes
 * two masters where it sees them; what to do comes with the warning.
 */
export const keepalivedWireChange: NodeRule = {
  id: 'keepalived-wire-change',
  concerns: keepalivedConcerns,
  check(wanted, node) {
    const config = wantedKeepalived(wanted)
    if (config === null || node.keepalivedNow === null) return []
    const read = (text: string) => parseKeepalivedConfig(text, configIdOf(wanted)).instances
    return findWireChanges(read(node.keepalivedNow), read(config.text)).map(
      ({ instance, line, what, isVipList }) => {
        const exempt = isVipList ? ' (2.3.3 and later go by adverts with other VIPs)' : ''
        return {
          rule: keepalivedWireChange.id,
          level: 'warning',
          place: config.place,
          message: `${keepalivedConfigPath}:${line} ${instance} changes what its nodes must agree on (${what}): a node that runs with the old settings does not go by the adverts of one with the new${exempt}, and both would be MASTER; stop keepalived on the other nodes before this one changes, and start it once they have this commit`,
        }
      },
    )
  },
}
