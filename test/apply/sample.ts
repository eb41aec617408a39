import type { TransactionInput } from '../../agent/apply/transaction-input.ts'
import { kinds } from '../../agent/resources/index.ts'
import type { Desired } from '../../agent/roles/resource.ts'
import type { System } from '../../agent/system/system.ts'
import { desiredOf } from '../desired.ts'

/** A whole run on a node where nothing is ours yet. */
export function inputFor(
  desired: Partial<Desired>,
  system: System,
  more: Partial<TransactionInput> = {},
): TransactionInput {
  return {
    desired: desiredOf(desired),
    commit: null,
    owned: [],
    kinds,
    choice: { tags: new Set(), skipTags: new Set() },
    paths: { state: '/w', run: '/w/run' },
    system,
    on: () => {},
    remember: async () => {},
    ...more,
  }
}
