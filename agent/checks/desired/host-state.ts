import type { FirewallChain } from '../../programs/netfilter/firewall-chain.ts'
import { copy } from '../../resources/file/copy.ts'
import type { CopySpec } from '../../resources/file/copy.ts'
import { iptables } from '../../resources/iptables/iptables.ts'
import type { IptablesSpec } from '../../resources/iptables/spec.ts'
import type { Desired, Resource } from '../../roles/resource.ts'
import type { DesiredFile, HostState } from './rule.ts'

/**
 * The desired resources of a host in the words of the rules.
 * @param isThisNode whether the facts in its vars are the host's own
 */
export function hostState({ host, resources, vars }: Desired, isThisNode: boolean): HostState {
  const facts = isThisNode ? (vars['facts'] as Readonly<Record<string, unknown>>) : {}
  const addresses = [
    vars['ansible_host'],
    facts['all_ipv4_addresses'],
    facts['all_ipv6_addresses'],
  ].flat()
  return {
    host,
    addresses: addresses.filter((address) => typeof address === 'string'),
    files: new Map(resources.filter(({ kind }) => kind === copy).map(toFile)),
    firewall: resources.filter(({ kind }) => kind === iptables).flatMap(toChains),
  }
}

function toFile({ spec, place }: Resource): [string, DesiredFile] {
  const { dest, content } = spec as CopySpec
  return [dest, { text: new TextDecoder().decode(content), place }]
}

/** The spec's rules end with the drop, if there is one. */
function toChains({ spec, place }: Resource): readonly FirewallChain[] {
  const { table, chain, parent, families, rules } = spec as IptablesSpec
  return families.map((family) => ({
    family,
    table,
    chain,
    parent,
    place,
    rules: rules.filter((rule) => rule.families.includes(family)).map(({ text }) => text),
    default: 'return',
  }))
}
