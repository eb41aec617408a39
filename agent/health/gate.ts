import type { Gate } from '../apply/transaction.ts'
import type { Plan } from '../plan/plan.ts'
import type { Remote } from '../preflight/rule.ts'
import type { Desired } from '../roles/resource.ts'
import type { System } from '../system/system.ts'
import { healthScope } from './health-scope.ts'
import { observeBaseline } from './observe-health.ts'
import { gateTimes, passGate } from './pass-gate.ts'
import { touchedBy } from './touched.ts'

/**
 * The health gate of a run: what was true before the change must be true after it.
 * @param remote where the config repo comes from; null for a folder
 * @param warn told what is wrong but not through this change, one sentence each
 */
export function createGate(
  desired: Desired,
  remote: Remote | null,
  system: System,
  warn: (sentence: string) => void,
): Gate {
  const scope = healthScope(desired, remote)
  return async (plan) => {
    const touched = touchedBy(changedResources(plan, desired), removedNames(plan), scope)
    const baseline = await observeBaseline(scope, touched, system)
    return async () => {
      const { passed, reasons, warnings } = await passGate(
        baseline,
        scope,
        touched,
        gateTimes,
        system,
      )
      warnings.forEach(warn)
      return passed ? [] : reasons
    }
  }
}

/** The resources that drifted, and the handlers that they notify. */
function changedResources(plan: Plan, desired: Desired): Desired['resources'] {
  const drifted = plan.items
    .filter(({ changes }) => changes.length > 0)
    .map(({ resource }) => resource)
  const notified = new Set(drifted.flatMap(({ notify }) => notify))
  return [...drifted, ...desired.handlers.filter(({ task }) => notified.has(task))]
}

function removedNames(plan: Plan): readonly string[] {
  return plan.removals.map(({ owned }) => owned.name)
}
