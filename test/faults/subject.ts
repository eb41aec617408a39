import type { Balancer, Pair } from './pair.ts'

/** What keeps haproxy and the VIPs on the pair while it is measured. */
export interface Subject {
  readonly name: string
  /** Takes over a pair that `evenkeel converge` has set up. @param options lines of agent.yml */
  install(pair: Pair, options: readonly string[]): Promise<void>
  /** Leaves the pair as `evenkeel converge` leaves it. */
  remove(pair: Pair): Promise<void>
  /** What a person does when nothing else brings a node back. */
  repair(pair: Pair, node: Balancer): Promise<void>
  /** Prints nothing on a node that has nothing left to recover from, besides haproxy and keepalived. */
  readonly wellScript: string
  /** What it says of haproxy, for a person. */
  readonly sayScript: string
}
