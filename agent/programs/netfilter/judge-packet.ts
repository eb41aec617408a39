import type { Family } from '../address.ts'
import type { Firewall } from './firewall.ts'
import { hooks } from './kernel-chains.ts'
import { readPacket } from './packet.ts'
import type { Packet } from './packet.ts'
import { walkChain } from './walk.ts'
import type { Blame as ChainBlame, Passage } from './walk.ts'

/**
 * `accept`: a rule, or a policy, accepts it. `continue`: what is known lets it pass, the rules behind decide.
 * `drop`: it is certainly dropped or rejected. `unknown`: it may be.
 */
export type Verdict = 'accept' | 'drop' | 'continue' | 'unknown'

/** What decides: a rule, by its index in its chain, or the chain's policy (null). */
export interface Blame extends ChainBlame {
  readonly family: Family
  readonly table: string
}

export interface Judgement {
  readonly verdict: Verdict
  /** What drops the packet, or may drop it; null for the other verdicts. */
  readonly by: Blame | null
}

/**
 * What a firewall does with a packet that this node receives or sends. Where it holds the agent's own chains
 * alone, `continue` promises nothing.
 */
export function judgePacket(firewall: Firewall, packet: Packet): Judgement {
  const { family, direction } = packet
  let seen = readPacket(packet)
  let verdict: Verdict = 'continue'
  let mayDrop: Blame | null = null
  for (const [table, hook] of direction === 'out' ? hooks.out : hooks.in) {
    const found = firewall.find((one) => one.family === family && one.name === table)
    const chain = found?.chains.get(hook)
    if (found === undefined || chain === undefined) continue
    const passage = walkChain(found.chains, chain, seen)
    const blame = (by: ChainBlame | undefined): Blame | null =>
      by === undefined ? null : { ...by, family, table }
    if (!passage.ends.has('accept') && !passage.ends.has('continue')) {
      return { verdict: 'drop', by: blame(passage.drops.at(-1)) }
    }
    mayDrop ??= blame(passage.drops[0])
    if (table === 'filter' && !passage.ends.has('continue')) verdict = 'accept'
    if (passage.changes !== 'no') seen = readPacket(changedBy(passage, table, seen.packet))
  }
  return mayDrop === null ? { verdict, by: null } : { verdict: 'unknown', by: mayDrop }
}

/** The packet as later tables see it: NOTRACK takes its state, NAT its destination. */
function changedBy(passage: Passage, table: string, packet: Packet): Packet {
  if (table === 'raw') {
    return { ...packet, state: passage.changes === 'yes' ? 'UNTRACKED' : undefined }
  }
  return { ...packet, destination: undefined, destinationPort: undefined }
}
