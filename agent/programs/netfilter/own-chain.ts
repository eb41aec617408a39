import type { Place } from '../../system/errors.ts'
import type { Family } from '../address.ts'

/** The comment of our rules in chains of the kernel: no blanks, since the file for boot splits at them. */
export const ownComment = 'evenkeel'

/** One chain of the agent's own, as a task asks for it, for one family. */
export interface OwnChain {
  readonly family: Family
  /** `filter`, `raw`, `mangle`, … */
  readonly table: string
  readonly chain: string
  /** The chain that jumps to it: `INPUT`, `OUTPUT`, … */
  readonly parent: string
  /** In the words of iptables, without `-A CHAIN`; as the user wrote them or as iptables-save prints them. */
  readonly rules: readonly string[]
  /** Where each rule is written; left out: `place`, with the rule's index as key. */
  readonly rulePlaces?: readonly Place[]
  /** What happens to a packet that passed all rules. */
  readonly default: 'drop' | 'return'
  readonly place: Place
}
