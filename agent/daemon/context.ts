import type { AgentConfig } from '../config/config.ts'
import type { Node } from '../converge/run.ts'
import type { Emitter } from '../diagnostics/emitter.ts'
import type { Log } from '../diagnostics/log.ts'
import type { Profile } from '../store/profile.ts'
import type { ActiveWarnings } from './active-warnings.ts'
import type { DaemonEvent } from './event.ts'
import type { Part } from './part.ts'

/** What parts of the daemon are given. */
export interface DaemonContext {
  readonly node: Node
  readonly log: Log
  readonly events: Emitter<DaemonEvent>
  readonly warnings: Pick<ActiveWarnings, 'set'>
  /** As agent.yml is at the start. */
  readonly config: AgentConfig
  /** What is known of this node at the start; null: no run has come that far. */
  readonly profile: Profile | null
}

/** Begins a part that needs no other one, such as a subscriber. */
export type StartPart = (context: DaemonContext) => Part
