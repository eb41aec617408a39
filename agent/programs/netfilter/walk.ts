import type { Chain, Chains } from './firewall.ts'
import { matchRule } from './match.ts'
import type { Match } from './match.ts'
import type { ReadPacket } from './packet.ts'
import type { Rule, Target } from './rule.ts'
import { targetEffect } from './target.ts'

/** What decides: `rule` is an index into the chain's rules, null for the chain's policy. */
export interface Blame {
  readonly chain: string
  readonly rule: number | null
}

/** `continue`: to the chain that called this one, or to what isn't known. */
export type End = 'accept' | 'drop' | 'continue'

/** All ways in which a packet may leave a chain. */
export interface Passage {
  readonly ends: ReadonlySet<End>
  /** What may drop it, in the order met; when `drop` is the only end, the last one is certain. */
  readonly drops: readonly Blame[]
  /** Whether it met a target that takes its tracking (NOTRACK) or its destination (NAT). */
  readonly changes: Match
}

/** How a packet passes a chain of a table, with all chains that it leads to. */
export function walkChain(chains: Chains, chain: Chain, packet: ReadPacket): Passage {
  return walk(chains, chain, packet, [])
}

/** How a packet passes one rule: `continue` when it comes to the next one, whether the rule matches or not. */
export function walkRule(chains: Chains, rule: Rule, packet: ReadPacket): Passage {
  return walk(chains, { name: '', rules: [rule], policy: null }, packet, [])
}

function walk(
  chains: Chains,
  chain: Chain,
  packet: ReadPacket,
  callers: readonly Chain[],
): Passage {
  const ends = new Set<End>()
  const drops: Blame[] = []
  let changes: Match = 'no'
  for (const [index, rule] of chain.rules.entries()) {
    const match = matchRule(rule, packet)
    if (match === 'no' || rule.target === null) continue
    const blame = { chain: chain.name, rule: index }
    const step = follow(chains, rule.target, blame, packet, [...callers, chain])
    for (const end of step.ends) ends.add(end)
    drops.push(...step.drops)
    changes = surest(changes, step.changes === 'yes' ? match : step.changes)
    if (match === 'yes' && !step.goesOn) return atEnd(chain, { ends, drops, changes })
  }
  ends.add('continue')
  return atEnd(chain, { ends, drops, changes })
}

/** RETURN and the end of what a goto names also lead to the policy. */
function atEnd({ name, policy }: Chain, passage: Passage): Passage {
  if (policy === null || !passage.ends.has('continue')) return passage
  const ends = new Set(passage.ends)
  ends.delete('continue')
  ends.add(policy)
  const drops = policy === 'drop' ? [...passage.drops, { chain: name, rule: null }] : passage.drops
  return { ...passage, ends, drops }
}

/** What a matching rule leads to; `goesOn` when the next rule of this chain may be looked at. */
interface Step extends Passage {
  readonly goesOn: boolean
}

function follow(
  chains: Chains,
  target: Target,
  blame: Blame,
  packet: ReadPacket,
  callers: readonly Chain[],
): Step {
  const called = chains.get(target.name)
  // A loop is refused by the kernel; here it only must end.
  if (called !== undefined && !callers.includes(called)) {
    const passage = walk(chains, called, packet, callers)
    const ends = new Set(passage.ends)
    const returns = target.isGoto ? false : ends.delete('continue')
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
      return {
        ends: new Set(['accept', 'drop']),
        drops: [blame],
        changes: 'no',
        goesOn: does === 'any',
      }
  }
}

function surest(one: Match, other: Match): Match {
  if (one === 'yes' || other === 'yes') return 'yes'
  return one === 'maybe' || other === 'maybe' ? 'maybe' : 'no'
}
