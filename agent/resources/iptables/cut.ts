import type { Chains } from '../../programs/netfilter/firewall.ts'
import { readPacket } from '../../programs/netfilter/packet.ts'
import type { Packet, ReadPacket } from '../../programs/netfilter/packet.ts'
import { packetsOf } from '../../programs/netfilter/rule-packets.ts'
import { parseRule } from '../../programs/netfilter/rule.ts'
import type { Rule } from '../../programs/netfilter/rule.ts'
import { findStranger, namedInterfaces } from '../../programs/netfilter/stranger.ts'
import { walkChain } from '../../programs/netfilter/walk.ts'
import type { Passage } from '../../programs/netfilter/walk.ts'
import type { WantedJump } from './jump-rule.ts'

/** A foreign rule that our jump can't go behind without losing traffic. */
export interface Cut {
  /** Its place among the parent's rules. */
  readonly index: number
  /** What it would cost, and what to do. */
  readonly sentence: string
}

/**
 * The first foreign rule behind ours that, were it asked first, would certainly drop what a rule of ours
 * accepts and the rules in front of ours let through now. null when there is none.
 * @param foreign the parent's rules; null where one is ours
 * @param at where our jump is among them
 */
export function findCut(
  foreign: readonly (Rule | null)[],
  at: number,
  { family, rules }: WantedJump,
  direction: Packet['direction'],
  chains: Chains,
): Cut | null {
  const ask = (end: number, packet: ReadPacket): Passage => {
    const asked = foreign.slice(0, end).filter((rule) => rule !== null)
    return walkChain(chains, { name: '', rules: asked, policy: null }, packet)
  }
  const isDropped = (end: number, packet: ReadPacket): boolean =>
    [...ask(end, packet).ends].join() === 'drop'
  const named = [...chains.values()].flatMap((chain) => chain.rules)
  const stranger = findStranger(named, family, []) ?? undefined
  const links = namedInterfaces(named)
  let cut: Cut | null = null
  for (const ours of rules.map(parseRule)) {
    if (ours.target?.name !== 'ACCEPT') continue
    const packets = packetsOf(ours, family, direction).flatMap((packet) =>
      asNew(packet, stranger, links),
    )
    for (const packet of packets.map(readPacket)) {
      const end = cut?.index ?? foreign.length
      if (!isDropped(end, packet) || isDropped(at, packet)) continue
      let index = at
      while (!isDropped(index + 1, packet)) index++
      const by = ask(index + 1, packet).drops.at(-1)
      const dropping = by && chains.get(by.chain)?.rules[by.rule ?? -1]
      const what = `"${foreign[index]?.text}" stays behind our rules: before them it would drop what "${ours.text}" accepts`
      const where = dropping && by ? ` (by "${dropping.text}" in ${by.chain})` : ''
      cut = { index, sentence: `${what}${where}; remove one of the two` }
    }
  }
  return cut
}

/** What a rule leaves open is a new packet from the public, by each interface that it may come in by. */
function asNew(
  packet: Packet,
  stranger: string | undefined,
  links: readonly string[],
): readonly Packet[] {
  const { source = stranger, state = 'NEW' } = packet
  const asked = packet.interface === undefined ? links : [packet.interface]
  return asked.map((link) => ({ ...packet, source, state, interface: link }))
}
