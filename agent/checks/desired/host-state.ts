import { FactNeeded } from '../../facts/fact-needed.ts'
import type { OwnChain } from '../../programs/netfilter/own-chain.ts'
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
    ...(isThisNode && routesIn(facts)),
    files: new Map(resources.flatMap(toFiles)),
    firewall: resources.flatMap(toChains),
  }
}

function toFiles({ effects, place }: Resource): readonly [string, DesiredFile][] {
  return effects.files.flatMap(({ path, content }): [string, DesiredFile][] =>
    content === null ? [] : [[path, { text: new TextDecoder().decode(content), place }]],
  )
}

function toChains({ effects, place }: Resource): readonly OwnChain[] {
  return effects.chains.map((chain) => ({ ...chain, place }))
}

/** What the default routes say of the networks of this node. Nothing where no role has asked for them. */
function routesIn(
  facts: Readonly<Record<string, unknown>>,
): Required<Pick<HostState, 'gateways' | 'networks'>> {
  const routes = defaultRoutes(facts).flatMap((route) =>
    typeof route === 'object' && route !== null ? [route as Readonly<Record<string, unknown>>] : [],
  )
  return {
    gateways: routes.flatMap(({ gateway }) => (typeof gateway === 'string' ? [gateway] : [])),
    networks: routes.flatMap(({ address, prefix }) =>
      typeof address === 'string' && typeof prefix === 'string' ? [`${address}/${prefix}`] : [],
    ),
  }
}

function defaultRoutes(facts: Readonly<Record<string, unknown>>): readonly unknown[] {
  try {
    return [facts['default_ipv4'], facts['default_ipv6']]
  } catch (error) {
    if (!(error instanceof FactNeeded)) throw error
    return []
  }
}
