import { createMask } from '../diagnostics/mask.ts'
import { isInSync, isWholeRun } from '../plan/plan.ts'
import type { Plan, Planned } from '../plan/plan.ts'
import type { Result } from '../report/report.ts'
import type { System } from '../system/system.ts'
import { toResult } from './apply.ts'
import type { TransactionInput } from './transaction-input.ts'
import { tryTo } from './try-to.ts'
import { findInLine, findUnread, isUnmoved } from './unread.ts'

/** What was put back, and what differs now. */
export interface PutBack {
  readonly results: readonly Result[]
  readonly plan: Plan
}

/**
 * Puts files back that somebody has changed and that nothing has read since: they were valid and healthy
 * with this content, so nothing is tried, reloaded or watched. Whatever is left to do is in the plan that
 * comes back.
 * @param observe makes the plan anew
 */
export async function putUnreadBack(
  plan: Plan,
  observe: () => Promise<Plan>,
  { desired, choice, last, system, on }: TransactionInput,
): Promise<PutBack> {
  const inLine = last?.inLine ?? null
  const files =
    inLine === null || !isWholeRun(choice) ? [] : findUnread(plan, desired.handlers, inLine)
  if (inLine === null || files.length === 0) return { results: [], plan }
  const mask = createMask(desired.secrets)
  const results: Result[] = []
  for (const planned of files) {
    const tried = await tryTo(() => write(planned, inLine.times, system), mask)
    const notes = [...planned.notes, 'put back before anything has read it: nothing is reloaded']
    const told = toResult({ ...planned, notes }, 'task', tried.status, mask)
    const result = { ...told, ...tried }
    on({ type: 'result', result })
    results.push(result)
  }
  const next = await observe()
  if (isUnmoved(next, inLine)) return { results, plan: next }
  // Something was told to read its files between two looks. Written anew, they count as new to it
  for (const planned of files) await write(planned, new Map(), system)
  return { results, plan: await observe() }
}

/** Remembers a node in sync, for the next time that a file of it is changed. */
export async function rememberInLine(
  plan: Plan,
  { choice, last, system }: TransactionInput,
): Promise<void> {
  if (last === undefined || !isWholeRun(choice)) return
  last.inLine = isInSync(plan) ? await findInLine(plan, system) : null
}

/** With the time of its content, by which readers tell whether a file is new to them. */
async function write(
  { resource: { kind, spec }, state, changes }: Planned,
  times: ReadonlyMap<string, number>,
  system: System,
): Promise<void> {
  const written = kind.writes?.(spec, state) ?? []
  for (const { path, content, ...file } of written) {
    const mtime = times.get(path)
    if (content === null) await system.remove(path)
    else await system.writeFile(path, { ...file, content, ...(mtime !== undefined && { mtime }) })
  }
  if (written.length === 0) await kind.apply(spec, changes, state, system)
}
