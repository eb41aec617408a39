import { isChosen, isWholeRun, observeAll, observeRemovals } from '../plan/plan.ts'
import type { Plan } from '../plan/plan.ts'
import type { Resource } from '../roles/resource.ts'
import type { TransactionInput } from './transaction-input.ts'

/** The resources whose tasks take part in this run. */
export function chosenResources(input: TransactionInput): readonly Resource[] {
  return input.desired.resources.filter((resource) => isChosen(resource, input.choice))
}

/** What these resources ask of the node now, and what is to be taken back: with tags, nothing. */
export async function makePlan(
  input: TransactionInput,
  resources: readonly Resource[],
): Promise<Plan> {
  const owned = isWholeRun(input.choice) ? input.owned : []
  return {
    items: await observeAll(resources, input.system),
    removals: await observeRemovals(owned, input.desired.resources, input.kinds, input.system),
  }
}
