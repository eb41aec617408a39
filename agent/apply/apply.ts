import { createMask } from '../diagnostics/mask.ts'
import type { Mask } from '../diagnostics/mask.ts'
import { hidden } from '../diagnostics/mask-fields.ts'
import type { Planned, Removal } from '../plan/plan.ts'
import { maskChange } from '../report/mask-change.ts'
import type { Listener, Result } from '../report/report.ts'
import type { Effects } from '../resources/effects.ts'
import type { Owned } from '../resources/kind.ts'
import type { Resource } from '../roles/resource.ts'
import type { System } from '../system/system.ts'
import { tryTo } from './try-to.ts'

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
  const tried = await tryTo(() => resource.kind.apply(resource.spec, changes, state, system), mask)
  const told = { ...toResult(planned, type, tried.status, mask), ...tried }
  on({ type: 'result', result: told })
  return { planned, result: told, at: system.now() }
}

/** Takes back one owned thing. */
export async function applyRemoval(
  removal: Removal,
  { system, mask, on }: ApplyContext,
): Promise<Result> {
  const tried = await tryTo(async () => removal.kind.ownership?.remove(removal.owned, system), mask)
  const told = { ...removalResult(removal, tried.status, mask), ...tried }
  on({ type: 'result', result: told })
  return told
}

/** A resource as the report shows it. */
export function toResult(
  planned: Planned,
  type: Result['type'],
  status: Result['status'],
  mask: Mask,
): Result {
  const { resource, changes, notes, duration } = planned
  return {
    role: resource.role,
    task: mask(resource.task),
    resource: nameShown(resource, mask),
    ...filesOf(resource.effects),
    type,
    status,
    changes: changes.map((change) => maskChange(change, mask, resource.noLog)),
    notes: notes.map(mask),
    duration,
  }
}

export function removalResult(removal: Removal, status: Result['status'], mask: Mask): Result {
  const { kind, owned, changes } = removal
  return {
    role: '',
    task: 'no longer in the config repo',
    resource: mask(`${owned.kind} ${hideName(owned)}`),
    ...filesOf(kind.ownership?.effects(owned)),
    type: 'removal',
    status,
    changes: changes.map((change) => maskChange(change, mask, owned.secret === true)),
    notes: [],
    duration: 0,
  }
}

function filesOf(effects: Effects | undefined): Pick<Result, 'files'> {
  const files = (effects?.files ?? []).map(({ path }) => path)
  return files.length === 0 ? {} : { files }
}

/** Parameters that may be shown whatever `no_log` says: they name the thing. */
const naming = new Set(['name', 'path', 'dest', 'src', 'state', 'owner', 'group', 'mode'])

/** Of a task with `no_log`, an id may hold what is to be hidden: a line of a file is named by its text. */
function nameShown({ id, raw, noLog }: Resource, mask: Mask): string {
  if (!noLog) return mask(id)
  const values = Object.entries(raw).flatMap(([key, value]) =>
    !naming.has(key) && typeof value === 'string' ? [value] : [],
  )
  return mask(createMask(values)(id))
}

/** A line that is owned is named by where it is, and behind a colon by its text. */
function hideName({ name, secret = false }: Owned): string {
  return secret ? name.replace(/: .*$/s, `: ${hidden}`) : name
}
