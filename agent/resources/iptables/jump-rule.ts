import type { Family } from '../../programs/address.ts'
import { ownComment } from '../../programs/netfilter/own-chain.ts'

/**
 * The rule that leads to our chain. The comment tells other chains of ours, and people, whose it is: two
 * of our chains with one parent must not both try to be last.
 */
export function jumpRule(chain: string): string {
  return `-m comment --comment ${ownComment} -j ${chain}`
}

/** A chain of ours in one family, and what is to lead to it. */
export interface WantedJump {
  readonly family: Family
  readonly chain: string
  /** The chain of the kernel that leads there. */
  readonly parent: string
  /** What the chain is to hold, without `-A CHAIN`. */
  readonly rules: readonly string[]
}
