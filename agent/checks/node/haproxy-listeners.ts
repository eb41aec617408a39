import { readListeners } from '../../programs/haproxy/listeners.ts'
import type { HaproxyListener } from '../../programs/haproxy/listeners.ts'
import type { Place } from '../../system/errors.ts'
import { settingOf } from './node-view.ts'
import type { NodeView } from './node-view.ts'
import type { Wanted } from './wanted.ts'

/** The internet sockets that haproxy is to open; none where it is not to run. */
export function haproxyListeners(wanted: Wanted, node: NodeView): readonly HaproxyListener[] {
  const { facts } = node.haproxy
  const bindV6Only = settingOf('net/ipv6/bindv6only', wanted, node) === '1'
  return facts === null ? [] : readListeners(facts.config, bindV6Only)
}

/** Where to change a line of haproxy's: the task that asks for its file, or the file itself. */
export function placeOfLine(
  { file, line }: { readonly file: string; readonly line: number },
  wanted: Wanted,
): Place {
  return wanted.files.get(file)?.place ?? { file, line }
}
