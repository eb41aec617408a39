/** Something that goes wrong on a node, or on both. Scripts run in a shell with the functions of pair.ts. */
export interface Fault {
  /** Word of the command line. */
  readonly id: string
  readonly title: string
  /** `other`: the node is alone, its peer has no power. Default `both`. */
  readonly peer?: 'both' | 'none'
  /**
   * Seconds before each try. A haproxy that dies again within 30 s of a restart is restarted with growing pauses
   * (agent/watch/decide-restart.ts), and systemd is there sooner.
   */
  readonly rest?: number
  /** Lines of agent.yml. */
  readonly options?: readonly string[]
  /** Beforehand; not counted. Default: nothing. */
  readonly prepare?: string
  /** Makes it happen; prints the time (`at`). */
  readonly inject: string
  /** On the other node at the same time. */
  readonly injectPeer?: string
  /** Seconds until the cause goes away; at least 1, in which what happens by itself begins. */
  readonly hold: number
  /** The same for what does not come back by itself. Default: `hold`. */
  readonly holdReference?: number
  /** Takes the cause away, on the node and on its peer. */
  readonly cure?: string
  readonly curePeer?: string
  /** What clients notice of the cure is not counted. Default: it is. */
  readonly isCureApart?: boolean
  /** Milliseconds for an answer. Default 60. */
  readonly timeout?: number
  /** The script for something else than Evenkeel; null: it has nothing of the kind. */
  readonly injectReference?: string | null
  readonly cureReference?: string
  readonly tries: number
  /** What ours has to meet. */
  readonly limit: Limit
}

export interface Limit {
  /** Milliseconds without an answer. */
  readonly gap?: number
  /** The same, as a multiple of the row `restart-alone` measured in the same run. */
  readonly timesRestart?: number
  readonly failed?: number
  /** No VIP leaves its home. */
  readonly staysHome?: boolean
  /** haproxy goes on, in the same process. */
  readonly keepsHaproxy?: boolean
  /** Milliseconds until the VIP has left. */
  readonly leavesWithin?: number
  /** What the agent has to say of it while it lasts. */
  readonly says?: RegExp
}
