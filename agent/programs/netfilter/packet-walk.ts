import type { FirewallChain } from './firewall-chain.ts'
import { parseFirewallRule } from './firewall-rule.ts'
import type { FirewallRule } from './firewall-rule.ts'
import { matchRule } from './packet-match.ts'
import type { Match, ReadPacket } from './packet-match.ts'
import { targetEffect } from './packet-target.ts'

interface ReadChain {
  readonly chain: FirewallChain
  readonly rules: readonly FirewallRule[]
}

/** The chains of one host with their rules read, in the order of the tasks. */
export type Firewall = readonly ReadChain[]

export function readFirewall(chains: readonly FirewallChain[]): Firewall {
  return chains.map((chain) => ({
    chain,
    rules: chain.rules.map((rule) => parseFirewallRule(rule, chain.family)),
  }))
}

/** What decided: `rule` is an index into the chain's rules, null for the chain's default. */
export interface Blame {
  readonly chain: FirewallChain
  readonly rule: number | null
}

type End = 'accept' | 'drop' | 'continue'

/** All ways in which a packet may leave a chain. */
export interface Passage {
  readonly ends: ReadonlySet<End>
  /** What may drop it, in the order met; when `drop` is the only end, the last one is certain. */
  readonly drops: readonly Blame[]
  /** Whether it met a target that takes its tracking (NOTRACK) or its destination (NAT). */
  readonly changes: Match
}

/** How a packet passes the chains that hang off a built-in one, such as `filter INPUT`. */
export function walkChains(firewall: Firewall, hook: string, packet: ReadPacket): Passage {
  const ends = new Set<End>(['continue'])
  const drops: Blame[] = []
  let changes: Match = 'no'
  for (const entry of firewall) {
    const { family, table, parent } = entry.chain
    if (family !== packet.packet.family || `${table} ${parent}` !== hook) continue
    const passage = walk(firewall, entry, packet, [])
    for (const end of passage.ends) ends.add(end)
    drops.push(...passage.drops)
    changes = surest(changes, passage.changes)
    if (passage.ends.has('continue')) continue
    ends.delete('continue')
    break
  }
  return { ends, drops, changes }
}

function walk(
  firewall: Firewall,
  entry: ReadChain,
  packet: ReadPacket,
  callers: readonly ReadChain[],
): Passage {
  const ends = new Set<End>()
  const drops: Blame[] = []
  let changes: Match = 'no'
  for (const [index, rule] of entry.rules.entries()) {
    const match = matchRule(rule, packet)
    if (match === 'no' || rule.target === null) continue
    const step = follow(firewall, entry, index, packet, callers)
    for (const end of step.ends) ends.add(end)
    drops.push(...step.drops)
    changes = surest(changes, step.changes === 'yes' ? match : step.changes)
    if (match === 'yes' && !step.goesOn) return { ends, drops, changes }
  }
  if (entry.chain.default === 'drop') drops.push({ chain: entry.chain, rule: null })
  ends.add(entry.chain.default === 'drop' ? 'drop' : 'continue')
  return { ends, drops, changes }
}

/** What a matching rule leads to; `goesOn` when the next rule of this chain may be looked at. */
interface Step extends Passage {
  readonly goesOn: boolean
}

function follow(
  firewall: Firewall,
  entry: ReadChain,
  index: number,
  packet: ReadPacket,
  callers: readonly ReadChain[],
): Step {
  const blame = { chain: entry.chain, rule: index }
  const target = entry.rules[index]?.target
  if (!target) return { ends: new Set(), drops: [], changes: 'no', goesOn: true }
  const called = firewall.find(
    ({ chain }) =>
      chain.chain === target.name &&
      chain.table === entry.chain.table &&
      chain.family === entry.chain.family,
  )
  // A loop is refused by the kernel; here it only must end.
  if (called !== undefined && called !== entry && !callers.includes(called)) {
    const passage = walk(firewall, called, packet, [...callers, entry])
    const ends = new Set(passage.ends)
    const returns = target.goto ? false : ends.delete('continue')
    return { ...passage, ends, goesOn: returns }
  }
  const { does, changes } = targetEffect(target)
  const changed = changes ? 'yes' : 'no'
  switch (does) {
    case 'accept':
      return { ends: new Set(['accept']), drops: [], changes: changed, goesOn: false }
    case 'drop':
      return { ends: new Set(['drop']), drops: [blame], changes: changed, goesOn: false }
    case 'return':
      return { ends: new Set(['continue']), drops: [], changes: changed, goesOn: false }
    case 'pass':
      return { ends: new Set(), drops: [], changes: changed, goesOn: true }
    default:
      return { ends: new Set(['accept', 'drop']), drops: [blame], changes: 'no', goesOn: true }
  }
}

function surest(one: Match, other: Match): Match {
  if (one === 'yes' || other === 'yes') return 'yes'
  return one === 'maybe' || other === 'maybe' ? 'maybe' : 'no'
}
