import { createMask } from '../diagnostics/mask.ts'
import type { Plan } from '../plan/plan.ts'
import type { Result } from '../report/report.ts'
import type { Desired } from '../roles/resource.ts'
import { removalResult, toResult } from './apply.ts'

/** What a run over a plan would do, as its report shows it. */
export function preview(plan: Plan, desired: Desired): readonly Result[] {
  const mask = createMask(desired.secrets)
  return [
    ...plan.items.map((item) =>
      toResult(item, 'task', item.changes.length > 0 ? 'changed' : 'ok', mask),
    ),
    ...plan.removals.map((removal) => removalResult(removal, 'changed', mask)),
    ...skipped(desired),
  ]
}

/** The tasks that their `when` leaves out. */
export function skipped(desired: Desired): readonly Result[] {
  return desired.skipped.map(({ role, task }) => ({
    role,
    task,
    resource: 'skipped by when',
    type: 'task',
    status: 'skipped',
    changes: [],
    notes: [],
    duration: 0,
  }))
}
