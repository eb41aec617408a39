import { readPacket } from './packet-match.ts'
import type { Packet } from './packet-match.ts'
import { walkChains } from './packet-walk.ts'
import type { Blame, Firewall, Passage } from './packet-walk.ts'

/**
 * `accept`: a rule of ours accepts it. `continue`: ours let it pass, the rules behind them decide.
 * `drop`: ours certainly drop or reject it. `unknown`: they may.
 */
export type Verdict = 'accept' | 'drop' | 'continue' | 'unknown'

export interface Judgement {
  readonly verdict: Verdict
  /** What drops the packet, or may drop it; null for the other verdicts. */
  readonly by: Blame | null
}

/** The built-in chains that a packet of this node passes, in the kernel's order (hook priorities of netfilter). */
const hooks = {
  in: [
    'raw PREROUTING',
    'mangle PREROUTING',
    'nat PREROUTING',
    'mangle INPUT',
    'filter INPUT',
    'security INPUT',
  ],
  out: [
    'raw OUTPUT',
    'mangle OUTPUT',
    'nat OUTPUT',
    'filter OUTPUT',
    'security OUTPUT',
    'mangle POSTROUTING',
  ],
} as const

/**
 * What the agent's own chains do with a packet. The chains of others are not known here, so
 * `continue` alone promises nothing.
 */
export function judgePacket(firewall: Firewall, packet: Packet): Judgement {
  let seen = readPacket(packet)
  let verdict: Verdict = 'continue'
  let mayDrop: Blame | null = null
  for (const hook of hooks[packet.direction]) {
    const passage = walkChains(firewall, hook, seen)
    if (!passage.ends.has('accept') && !passage.ends.has('continue')) {
      return { verdict: 'drop', by: passage.drops.at(-1) ?? null }
    }
    mayDrop ??= passage.drops[0] ?? null
    if (hook.startsWith('filter') && !passage.ends.has('continue')) verdict = 'accept'
    if (passage.changes !== 'no') seen = readPacket(changedBy(passage, hook, seen.packet))
  }
  return mayDrop === null ? { verdict, by: null } : { verdict: 'unknown', by: mayDrop }
}

/** The packet as later tables see it: NOTRACK takes its state, NAT its destination. */
function changedBy(passage: Passage, hook: string, packet: Packet): Packet {
  if (hook.startsWith('raw')) {
    return { ...packet, state: passage.changes === 'yes' ? 'UNTRACKED' : undefined }
  }
  return { ...packet, destination: undefined, destinationPort: undefined }
}
