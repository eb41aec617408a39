import { describeError } from '../errors.ts'
import type { Planned, Removal } from '../plan/plan.ts'
import type { Mask } from '../report/mask.ts'
import { maskChange } from '../report/mask.ts'
import type { Listener, Result } from '../report/report.ts'
import type { System } from '../system/system.ts'
import { faultOf } from './fault.ts'

/** What applying needs besides the resources: the machine, and what may be shown. */
export interface ApplyContext {
  readonly system: System
  readonly mask: Mask
  readonly on: Listener
}

/** A resource that was tried, and when it was done (ms since the epoch). */
export interface Applied {
  readonly planned: Planned
  readonly result: Result
  readonly at: number
}

/** Applies one drifted resource. A failure is a result: who calls decides whether to go on. */
export async function applyPlanned(
  planned: Planned,
  type: 'task' | 'handler',
  { system, mask, on }: ApplyContext,
): Promise<Applied> {
  const { resource, changes, state } = planned
  const start = performance.now()
  let failure: Pick<Result, 'error' | 'fault'> | undefined
  try {
    await resource.kind.apply(resource.spec, changes, state, system)
  } catch (thrown) {
    failure = { error: mask(describeError(thrown)), fault: faultOf(thrown) }
  }
  const duration = performance.now() - start
  const status = failure === undefined ? 'changed' : 'failed'
  const told = { ...toResult(planned, type, status, mask, duration), ...failure }
  on({ type: 'result', result: told })
  return { planned, result: told, at: system.now() }
}

/** Takes back one owned thing. */
export async function applyRemoval(
  removal: Removal,
  { system, mask, on }: ApplyContext,
): Promise<Result> {
  const start = performance.now()
  let failure: Pick<Result, 'error' | 'fault'> | undefined
  try {
    await removal.kind.remove?.(removal.owned, system)
  } catch (thrown) {
    failure = { error: mask(describeError(thrown)), fault: faultOf(thrown) }
  }
  const result = removalResult(removal, failure === undefined ? 'changed' : 'failed', mask)
  const told = { ...result, duration: performance.now() - start, ...failure }
  on({ type: 'result', result: told })
  return told
}

/** A resource as the report shows it. */
export function toResult(
  planned: Planned,
  type: Result['type'],
  status: Result['status'],
  mask: Mask,
  duration = planned.duration,
): Result {
  const { resource, changes, notes } = planned
  return {
    role: resource.role,
    task: resource.task,
    resource: resource.id,
    type,
    status,
    changes: changes.map((change) => maskChange(change, mask, resource.noLog)),
    notes: notes.map(mask),
    duration,
  }
}

export function removalResult(removal: Removal, status: Result['status'], mask: Mask): Result {
  const { owned, changes } = removal
  return {
    role: '',
    task: 'no longer in the config repo',
    resource: `${owned.kind} ${owned.name}`,
    type: 'removal',
    status,
    changes: changes.map((change) => maskChange(change, mask, false)),
    notes: [],
    duration: 0,
  }
}
