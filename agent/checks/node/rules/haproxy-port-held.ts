import { haproxyConfigPath, readHaproxyLines } from '../../../programs/haproxy/haproxy-lines.ts'
import { readHaproxyListeners } from '../../../programs/haproxy/haproxy-listener.ts'
import type { HaproxyListener } from '../../../programs/haproxy/haproxy-listener.ts'
import type { Finding } from '../../finding.ts'
import { adviseHolder, findHolders, showHolder } from '../holder.ts'
import { settingOf } from '../node-view.ts'
import type { NodeView } from '../node-view.ts'
import { haproxyConcerns } from '../rule.ts'
import type { NodeRule } from '../rule.ts'
import { isStopped } from '../wanted.ts'
import type { Wanted, WantedFile } from '../wanted.ts'

/**
 * A port that another process has: a start fails, a reload refuses connections for 2 s before the old
 * worker goes on (measured with haproxy 2.6 and 3.2), and with SO_REUSEPORT both get a part of them.
 */
export const haproxyPortHeld: NodeRule = {
  id: 'haproxy-port-held',
  concerns: haproxyConcerns,
  check(wanted, node) {
    const config = wantedHaproxy(wanted)
    if (config === null) return []
    return listenersOf(config, wanted, node).flatMap((listener) =>
      findHolders(listener, 'haproxy.service', wanted, node).map((holder): Finding => {
        const where = `${haproxyConfigPath}:${listener.line} ${listener.text}`
        const what = `${where}: ${showHolder(holder)}`
        return {
          rule: haproxyPortHeld.id,
          level: holder.isManaged ? 'warning' : 'error',
          place: config.place,
          message: holder.isManaged
            ? `${what}, and haproxy can't start unless this run takes it off that port`
            : `${what}: haproxy could not start, or would share connections with it; ${adviseHolder(holder)}, or bind another address or port`,
        }
      }),
    )
  },
}

/** haproxy.cfg as it is to be; null where there is none, or haproxy is not to run. */
export function wantedHaproxy(wanted: Wanted): WantedFile | null {
  if (isStopped(wanted, 'haproxy.service')) return null
  return wanted.files.get(haproxyConfigPath) ?? null
}

export function listenersOf(
  config: WantedFile,
  wanted: Wanted,
  node: NodeView,
): readonly HaproxyListener[] {
  const bindV6Only = settingOf('net/ipv6/bindv6only', wanted, node) === '1'
  return readHaproxyListeners(readHaproxyLines(config.text), wanted.host, bindV6Only)
}
