import type { LastInLine } from '../apply/unread.ts'
import type { Warning } from '../diagnostics/warning.ts'
import type { Facts } from '../facts/fact.ts'
import type { FactsRead } from '../facts/facts-read.ts'
import { rememberFacts } from '../facts/remember-facts.ts'
import type { BuiltInRoles } from '../roles/load-role.ts'
import type { Desired } from '../roles/resource.ts'
import type { Profile } from '../store/profile.ts'

/** All that a release says about this node, checked. */
export interface DesiredState {
  readonly desired: Desired
  readonly profile: Profile
  /** Of inventory and preflight. */
  readonly warnings: readonly Warning[]
  /** Facts that were used, with their values. */
  readonly facts: Facts
  /** What runs with this desired state tell each other. */
  readonly last: LastInLine
}

/** Desired states of earlier runs of this process. */
export interface DesiredCache {
  readonly gatherFacts: ReturnType<typeof rememberFacts>
  readonly builtInRoles: BuiltInRoles
  /** By all that they depend on but facts; the one that was used last is last. */
  readonly entries: Map<string, { readonly state: DesiredState; readonly read: FactsRead }>
}

export function createDesiredCache(): DesiredCache {
  return { gatherFacts: rememberFacts(), builtInRoles: new Map(), entries: new Map() }
}
