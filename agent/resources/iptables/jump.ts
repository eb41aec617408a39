import { readChains } from '../../programs/netfilter/firewall.ts'
import type { Chains } from '../../programs/netfilter/firewall.ts'
import { ownComment } from '../../programs/netfilter/own-chain.ts'
import { readPacket } from '../../programs/netfilter/packet.ts'
import type { Packet } from '../../programs/netfilter/packet.ts'
import { packetsOf } from '../../programs/netfilter/rule-packets.ts'
import { parseRule } from '../../programs/netfilter/rule.ts'
import type { Rule } from '../../programs/netfilter/rule.ts'
import type { SavedTable } from '../../programs/netfilter/saved-table.ts'
import { passingTargets } from '../../programs/netfilter/target.ts'
import { walkChain } from '../../programs/netfilter/walk.ts'
import { findCut } from './cut.ts'
import { jumpRule } from './jump-rule.ts'
import type { WantedJump } from './jump-rule.ts'

/** What is to be said and done about the jump to our chain. */
export interface JumpVerdict {
  /** Numbers, from 1, of the parent's rules that lead to our chain. */
  readonly found: readonly number[]
  /** The number that the jump has once it is right. */
  readonly wanted: number
  /** Why it is not right, one clause; null when it is. */
  readonly reason: string | null
  /** Lines for iptables-restore that put it right; none when it is. */
  readonly commands: readonly string[]
  /** Why the jump stays in front of a foreign one that it would else follow; null when it does not. */
  readonly held: string | null
}

/**
 * Judges the jump among the rules of its parent. It is right when it is there once, as
 * {@link jumpRule}, and
 * - before everything foreign that decides a packet's fate, with or without a condition: a rule that accepts,
 *   drops or rewrites, a goto, and a jump to a chain that lets nothing of what it is asked come back, by
 *   itself or through others. Behind it our rules would not be asked; and
 * - behind every foreign jump before that which decides on some packets and lets the rest come back: chains
 *   of fail2ban or Docker are asked before ours, and so stay in force. Foreign jumps behind something that
 *   decides don't count: its owner has put them there.
 * Jumps of other chains of ours, rules that only count, log or mark, and chains that hold no more than such
 * rules are passed over.
 *
 * A node that serves is not broken for the sake of this order: our jump does not go behind a foreign one that
 * certainly drops what our rules accept and the present order lets in ({@link findCut}).
 *
 * Whoever puts a jump in front of ours leaves it right. It only ever moves because of a foreign rule that
 * was added or changed, and not again until the next: being right depends on the foreign rules, and the new
 * place is right by construction. It is the first that is, but for what marks packets: a chain that holds
 * nothing yet, such as ufw's for rejects, may decide tomorrow.
 */
export function judgeJump(wanted: WantedJump, table: SavedTable): JumpVerdict {
  const { family, chain, parent } = wanted
  const texts = table.chains.get(parent) ?? []
  const rules = texts.map(parseRule)
  const chains = readChains(table)
  const direction = directionOf(parent)
  const kinds = rules.map((rule) => classify(rule, chain, chains, { family, direction }))
  const found = kinds.flatMap((kind, index) => (kind === 'ours' ? [index + 1] : []))
  const [at, ...more] = found.map((number) => number - 1)

  const deciding = indexOr(kinds.indexOf('decides'), kinds.length)
  const cut =
    at !== undefined && kinds.slice(at, deciding).includes('asked')
      ? findCut(rules.slice(0, deciding).map(toForeign), at, wanted, direction, chains)
      : null
  const end = cut?.index ?? deciding
  const place = kinds
    .slice(0, end)
    .findLastIndex((kind) => kind === 'asked' || kind === 'own' || kind === 'passes')
  const before = kinds.slice(0, place + 1).filter((kind) => kind !== 'ours').length
  const verdict = (reason: string): JumpVerdict => ({
    found,
    wanted: before + 1,
    reason,
    // By rule, not by number: a number may be somebody else's by the time that it is used.
    commands: [
      ...found.map((number) => `-D ${parent} ${texts[number - 1]}`),
      `${place + 1 === kinds.length ? `-A ${parent}` : `-I ${parent} ${before + 1}`} ${jumpRule(chain)}`,
    ],
    held: cut?.sentence ?? null,
  })

  if (at === undefined) return verdict(`${parent} does not lead to ${chain}`)
  if (more.length > 0) return verdict(`${parent} leads to ${chain} ${found.length} times`)
  if (texts[at] !== jumpRule(chain)) return verdict(`the jump is "${texts[at]}"`)
  if (at > end) {
    return verdict(`"${texts[end]}" comes first, and packets that it decides on skip our rules`)
  }
  const late = kinds.slice(at, end).lastIndexOf('asked')
  if (late !== -1) {
    return verdict(
      `"${texts[at + late]}" comes behind our rules, which may decide before it is asked`,
    )
  }
  return { found, wanted: at + 1, reason: null, commands: [], held: cut?.sentence ?? null }

  /** Rules of ours don't count when it is asked what others do. */
  function toForeign(rule: Rule, index: number): Rule | null {
    return kinds[index] === 'ours' || kinds[index] === 'own' ? null : rule
  }
}

/** `own`: another rule of ours; `asked`: decides on some packets; `idle`: a chain that decides on none, now. */
type RuleKind = 'ours' | 'own' | 'asked' | 'decides' | 'passes' | 'idle'

function classify(
  rule: Rule,
  chain: string,
  chains: Chains,
  { family, direction }: Pick<Packet, 'family' | 'direction'>,
): RuleKind {
  const { target, comment } = rule
  if (target === null) return 'passes'
  if (target.name === chain) return 'ours'
  if (comment === ownComment) return 'own'
  const called = chains.get(target.name)
  if (called === undefined) return passingTargets.has(target.name) ? 'passes' : 'decides'
  if (target.isGoto) return 'decides'
  const ends = new Set(
    packetsOf(rule, family, direction).flatMap((packet) => [
      ...walkChain(chains, called, readPacket(packet)).ends,
    ]),
  )
  if (ends.size > 0 && !ends.has('continue')) return 'decides'
  return ends.size > 1 ? 'asked' : 'idle'
}

function directionOf(parent: string): Packet['direction'] {
  if (parent === 'FORWARD') return 'through'
  return parent === 'OUTPUT' || parent === 'POSTROUTING' ? 'out' : 'in'
}

function indexOr(index: number, instead: number): number {
  return index === -1 ? instead : index
}
