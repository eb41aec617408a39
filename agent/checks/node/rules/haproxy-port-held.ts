import { haproxyUnit } from '../../../programs/haproxy/paths.ts'
import type { Finding } from '../../finding.ts'
import { haproxyListeners, placeOfLine } from '../haproxy-listeners.ts'
import { adviseHolder, findHolders, showHolder } from '../holder.ts'
import { haproxyConcerns } from '../rule.ts'
import type { NodeRule } from '../rule.ts'

/**
 * A port that another process has: a start fails, a reload refuses connections for 2 s before the old
 * worker goes on (measured with haproxy 2.6 and 3.2), and with SO_REUSEPORT both get a part of them.
 */
export const haproxyPortHeld: NodeRule = {
  id: 'haproxy-port-held',
  concerns: haproxyConcerns,
  check(wanted, node) {
    return haproxyListeners(wanted, node).flatMap((listener) =>
      findHolders(listener, haproxyUnit, wanted, node).map((holder): Finding => {
        const { file, line, text, isCertain } = listener
        const what = `${file}:${line} ${text}: ${showHolder(holder)}`
        return {
          rule: haproxyPortHeld.id,
          level: holder.isManaged || !isCertain ? 'warning' : 'error',
          place: placeOfLine(listener, wanted),
          message: holder.isManaged
            ? `${what}, and haproxy can't start unless this run takes it off that port`
            : `${what}: haproxy ${isCertain ? 'could' : 'may'} not start, or would share connections with it; ${adviseHolder(holder)}, or bind another address or port`,
        }
      }),
    )
  },
}
