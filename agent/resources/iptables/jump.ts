import { readRule } from '../../programs/netfilter/iptables-rule.ts'
import type { SavedTable } from '../../programs/netfilter/iptables-save.ts'
import { passingTargets } from '../../programs/netfilter/iptables-target.ts'

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
}

/**
 * The rule that leads to our chain. The comment tells other chains of ours, and people, whose it is: two
 * of our chains with one parent must not both try to be last.
 */
export function jumpRule(chain: string): string {
  return `${mark} -j ${chain}`
}

/**
 * Judges the jump among the rules of its parent. It is right when it is there once, as
 * {@link jumpRule}, and
 * - before every foreign rule that decides a packet's fate (accepts, drops, rewrites, goes elsewhere for
 *   good), with or without a condition: behind it our rules would not be asked; and
 * - behind every foreign jump that comes before the first such rule: chains of fail2ban or Docker are
 *   asked before ours, and so stay in force. Foreign jumps behind such a rule don't count: its owner
 *   has put them there.
 * Jumps of other chains of ours and rules that only count, log or mark are passed over.
 *
 * Whoever puts a jump in front of ours leaves it right. It only ever moves because of a foreign rule that
 * was added or moved, and not again until the next: being right depends on the order of the foreign
 * rules alone, and the new place is right by construction (directly before the first deciding
 * rule, else last).
 */
export function judgeJump(parent: string, chain: string, table: SavedTable): JumpVerdict {
  const rules = table.chains.get(parent) ?? []
  const kinds = rules.map((rule) => classify(rule, chain, table.userChains))
  const found = kinds.flatMap((kind, index) => (kind === 'ours' ? [index + 1] : []))
  const firstDeciding = kinds.indexOf('decides')
  const end = firstDeciding === -1 ? kinds.length : firstDeciding
  const foreignBefore = kinds.slice(0, end).filter((kind) => kind !== 'ours').length
  const verdict = (reason: string): JumpVerdict => {
    const place = firstDeciding === -1 ? `-A ${parent}` : `-I ${parent} ${foreignBefore + 1}`
    return {
      found,
      wanted: foreignBefore + 1,
      reason,
      // By rule, not by number: a number may be somebody else's by the time that it is used.
      commands: [
        ...found.map((number) => `-D ${parent} ${rules[number - 1]}`),
        `${place} ${jumpRule(chain)}`,
      ],
    }
  }

  const [at, ...more] = found.map((number) => number - 1)
  if (at === undefined) return verdict(`${parent} does not lead to ${chain}`)
  if (more.length > 0) return verdict(`${parent} leads to ${chain} ${found.length} times`)
  if (rules[at] !== jumpRule(chain)) return verdict(`the jump is "${rules[at]}"`)
  if (at > end) {
    return verdict(`"${rules[end]}" comes first, and packets that it decides on skip our rules`)
  }
  const late = kinds.slice(at, end).lastIndexOf('jump')
  if (late !== -1) {
    return verdict(
      `"${rules[at + late]}" comes behind our rules, which may decide before it is asked`,
    )
  }
  return { found, wanted: at + 1, reason: null, commands: [] }
}

const mark = '-m comment --comment evenkeel'

function classify(
  rule: string,
  chain: string,
  userChains: ReadonlySet<string>,
): 'ours' | 'jump' | 'decides' | 'passes' {
  const { target, isGoto } = readRule(rule)
  if (target === chain) return 'ours'
  if (target === null || passingTargets.has(target)) return 'passes'
  if (!userChains.has(target) || isGoto) return 'decides'
  return rule === jumpRule(target) ? 'passes' : 'jump'
}
