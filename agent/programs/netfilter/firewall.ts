import { families } from '../address.ts'
import type { Family } from '../address.ts'
import { kernelChains } from './kernel-chains.ts'
import type { OwnChain } from './own-chain.ts'
import { parseRule } from './rule.ts'
import type { Rule } from './rule.ts'
import type { SavedTable } from './saved-table.ts'

/** A chain with its rules read. */
export interface Chain {
  readonly name: string
  readonly rules: readonly Rule[]
  /**
   * What becomes of a packet that comes to the end of a chain of the kernel. null for any other chain, which
   * then gives it back to the chain that called it; and where only rules of our own are known.
   */
  readonly policy: 'accept' | 'drop' | null
}

/** The chains of a table that are known, by name. */
export type Chains = ReadonlyMap<string, Chain>

export interface Table {
  readonly family: Family
  /** `filter`, `nat`, … */
  readonly name: string
  readonly chains: Chains
}

/** What is known of a node's rules. */
export type Firewall = readonly Table[]

/**
 * Chains of the agent's own alone, as if each hung off its parent in the order of the tasks. A chain's default
 * is its last rule.
 */
export function ownFirewall(owned: readonly OwnChain[]): Firewall {
  return families.flatMap((family) =>
    Object.keys(kernelChains).flatMap((name) => {
      const ours = owned.filter((chain) => chain.family === family && chain.table === name)
      if (ours.length === 0) return []
      const parents = [...new Set(ours.map(({ parent }) => parent))].map((parent): Chain => {
        const jumps = ours.filter((chain) => chain.parent === parent)
        const rules = jumps.map(({ chain }) => parseRule(`-j ${chain}`))
        return { name: parent, rules, policy: null }
      })
      return [{ family, name, chains: byName([...parents, ...ours.map(readOwnChain)]) }]
    }),
  )
}

function readOwnChain({ chain, rules, default: last }: OwnChain): Chain {
  const all = last === 'drop' ? [...rules, '-j DROP'] : rules
  return { name: chain, rules: all.map(parseRule), policy: null }
}

/** All chains of a saved table, those of others included. */
export function readChains(saved: SavedTable): Chains {
  return byName(
    [...saved.chains].map(([name, texts]): Chain => {
      const policy = saved.policies.get(name)
      let rules: readonly Rule[] | null = null
      return {
        name,
        // Most chains of a large table are never asked
        get rules() {
          return (rules ??= texts.map(parseRule))
        },
        policy: policy === undefined ? null : policy === 'DROP' ? 'drop' : 'accept',
      }
    }),
  )
}

/** The tables of one family as `iptables-save` prints them. */
export function savedFirewall(family: Family, saved: ReadonlyMap<string, SavedTable>): Firewall {
  return [...saved].map(([name, table]) => ({ family, name, chains: readChains(table) }))
}

export function allRules(firewall: Firewall): readonly Rule[] {
  return firewall.flatMap(({ chains }) => [...chains.values()].flatMap(({ rules }) => rules))
}

function byName(chains: readonly Chain[]): Chains {
  return new Map(chains.map((chain) => [chain.name, chain]))
}
