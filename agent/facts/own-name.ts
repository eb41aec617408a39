import * as os from 'node:os'
import type { System } from '../system/system.ts'

/** What this node is called, apart from `node` in agent.yml. */
export interface OwnName {
  readonly fqdn: string
  /** Up to the first dot. */
  readonly hostname: string
}

/**
 * The node's names by its hostname and /etc/hosts. DNS is not asked: who a node is must not depend on a
 * name server that answers late or not at all.
 */
export async function ownName(
  files: Pick<System, 'readFile'>,
  nodename: string = os.hostname(),
): Promise<OwnName> {
  const content = await files.readFile('/etc/hosts')
  const hosts = content === null ? '' : new TextDecoder().decode(content)
  return { fqdn: fqdnOf(nodename, hosts), hostname: nodename.split('.')[0] ?? nodename }
}

/** As `hostname --fqdn` finds it in a hosts file: the name with a dot in the first line that has ours. */
export function fqdnOf(nodename: string, hosts: string): string {
  if (nodename.includes('.')) return nodename
  for (const line of hosts.split('\n')) {
    const [, ...names] = (line.split('#')[0] ?? '').trim().split(/\s+/)
    const full = names.find((name) => name.includes('.'))
    if (full !== undefined && names.includes(nodename)) return full
  }
  return nodename
}
