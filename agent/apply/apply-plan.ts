import { notifies } from '../plan/notifies.ts'
import { observeAll } from '../plan/plan.ts'
import type { Plan, Planned } from '../plan/plan.ts'
import type { Result } from '../report/report.ts'
import type { Resource } from '../roles/resource.ts'
import { applyPlanned, applyRemoval, toResult } from './apply.ts'
import type { ApplyContext, Applied } from './apply.ts'
import { isOwed, notified } from './handlers.ts'

/**
 * Applies a validated plan: tasks in order up to the first failure, removals, handlers; then observes all
 * of it again. After a failure nothing more is done: all of it is to be taken back.
 */
export async function applyPlan(
  plan: Plan,
  resources: readonly Resource[],
  handlers: readonly Resource[],
  context: ApplyContext,
): Promise<readonly Result[]> {
  const results: Result[] = []
  const applied: Applied[] = []
  const hasFailed = (): boolean => results.some((result) => result.status === 'failed')

  for (const planned of plan.items) {
    if (hasFailed()) break
    if (planned.changes.length === 0) {
      results.push(inSync(planned, context))
      continue
    }
    const done = await applyPlanned(planned, 'task', context)
    applied.push(done)
    results.push(done.result)
  }
  for (const removal of plan.removals) {
    if (!hasFailed()) results.push(await applyRemoval(removal, context))
  }
  if (hasFailed()) return results
  results.push(...(await runHandlers(plan, applied, handlers, context)))
  if (hasFailed()) return results
  return [...results, ...(await settle(applied, resources, context))]
}

function inSync(planned: Planned, { mask, on }: ApplyContext): Result {
  const result = toResult(planned, 'task', 'ok', mask)
  on({ type: 'result', result })
  return result
}

async function runHandlers(
  { items }: Plan,
  applied: readonly Applied[],
  handlers: readonly Resource[],
  context: ApplyContext,
): Promise<readonly Result[]> {
  const results: Result[] = []
  const done = applied.filter(({ result }) => result.status === 'changed')
  const asked = notified(
    done.map(({ planned, at }) => ({ notify: notifies(planned, items, handlers), at })),
  )
  for (const handler of handlers) {
    const at = asked.get(handler.task)
    if (at === undefined) continue
    const owed = await isOwed(handler, at, context.system)
    if (owed !== null) results.push((await applyPlanned(owed, 'handler', context)).result)
  }
  return results
}

/**
 * Observes everything again. What drifted only now, through what was just applied (a service that runs
 * with files that were taken away), is applied once; what was applied and still differs has failed.
 */
async function settle(
  applied: readonly Applied[],
  resources: readonly Resource[],
  context: ApplyContext,
): Promise<readonly Result[]> {
  const tried = new Set(applied.map(({ planned }) => planned.resource))
  const results: Result[] = []
  for (const planned of await observeAll(resources, context.system)) {
    if (planned.changes.length === 0) continue
    if (tried.has(planned.resource)) results.push(stillDrifted(planned, context))
    else results.push((await applyPlanned(planned, 'task', context)).result)
  }
  if (results.some(({ status }) => status === 'failed')) return results
  if (results.length === 0) return []
  const left = (await observeAll(resources, context.system)).filter((one) => one.changes.length > 0)
  return [...results, ...left.map((planned) => stillDrifted(planned, context))]
}

function stillDrifted(planned: Planned, { mask, on }: ApplyContext): Result {
  const result = {
    ...toResult(planned, 'task', 'failed', mask),
    error: 'still differs after it was applied; something else on this node may be changing it',
  }
  on({ type: 'result', result })
  return result
}
