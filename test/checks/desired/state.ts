import type { HostState } from '../../../agent/checks/desired/rule.ts'
import type { OwnChain } from '../../../agent/programs/netfilter/own-chain.ts'

/** Where the made-up tasks of these tests are written. */
export const firewallPlace = { file: 'roles/iptables/tasks/main.yml', line: 12, key: 'iptables' }
export const keepalivedPlace = { file: 'roles/keepalived/tasks/main.yml', line: 50 }
const haproxyPlace = { file: 'roles/haproxy/tasks/main.yml', line: 30 }

/** A chain of our own that hangs off INPUT and drops what it doesn't accept. */
export function chain(rules: readonly string[], other: Partial<OwnChain> = {}): OwnChain {
  return {
    family: 'ipv4',
    table: 'filter',
    chain: 'EVENKEEL-IN',
    parent: 'INPUT',
    default: 'drop',
    place: firewallPlace,
    ...other,
    rules,
  }
}

/** A host with an address, and with the files whose text is given. */
export function host(
  name: string,
  addresses: readonly string[],
  files: { readonly keepalived?: string; readonly haproxy?: string } = {},
  firewall: readonly OwnChain[] = [],
): HostState {
  const desired = new Map<string, { text: string; place: typeof keepalivedPlace }>()
  if (files.keepalived !== undefined) {
    desired.set('/etc/keepalived/keepalived.conf', {
      text: files.keepalived,
      place: keepalivedPlace,
    })
  }
  if (files.haproxy !== undefined) {
    desired.set('/etc/haproxy/haproxy.cfg', { text: files.haproxy, place: haproxyPlace })
  }
  return { host: name, addresses, files: desired, firewall }
}
