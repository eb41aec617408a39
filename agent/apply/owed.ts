import { createMask } from '../diagnostics/mask.ts'
import type { Planned } from '../plan/plan.ts'
import type { Result, Listener } from '../report/report.ts'
import type { AnyKind } from '../resources/kind.ts'
import type { Resource } from '../roles/resource.ts'
import type { Paths } from '../system/paths.ts'
import type { System } from '../system/system.ts'
import { applyPlanned } from './apply.ts'
import { isOwed } from './handlers.ts'
import { saveProgress } from './journal.ts'
import type { Journal, OwedHandler } from './journal.ts'

/** What a rollback works on besides its journal. */
export interface RollbackContext {
  readonly paths: Pick<Paths, 'state' | 'run'>
  readonly kinds: ReadonlyMap<string, AnyKind>
  readonly system: System
  readonly on: Listener
}

/**
 * Runs the handlers that a journal still owes, each once. One that has run leaves the journal; one that
 * failed stays in it.
 */
export async function runOwed(
  journal: Journal,
  { paths, kinds, system, on }: RollbackContext,
): Promise<readonly Result[]> {
  const context = { system, on, mask: createMask(journal.secrets) }
  const results: Result[] = []
  let left = journal.handlers
  for (const handler of journal.handlers) {
    const resource = toResource(handler, kinds)
    const owed = resource && (await isOwed(resource, journal.restoredAt ?? system.now(), system))
    if (owed !== null && hasToRun(owed)) {
      const { result } = await applyPlanned(owed, 'handler', context)
      results.push(result)
      if (result.status === 'failed') continue
    }
    left = left.filter((one) => one !== handler)
    await saveProgress({ ...journal, handlers: left }, { paths, system })
  }
  return results
}

/** Not where nothing would read what was brought back, and not where all runs as it should. */
function hasToRun({ resource: { kind, spec }, state, changes }: Planned): boolean {
  return changes.length > 0 && kind.reload?.isIdle(spec, state) !== true
}

/** A handler as a run has it. null: of a kind that this version does not know any more. */
function toResource(
  { kind: name, raw, role, task, noLog }: OwedHandler,
  kinds: RollbackContext['kinds'],
): Resource | null {
  const kind = kinds.get(name)
  if (kind === undefined) return null
  const place = { file: `roles/${role}/handlers/main.yml`, key: name }
  const spec = kind.parse(raw, place)
  return {
    kind,
    spec,
    raw,
    id: kind.id(spec),
    effects: kind.effects(spec),
    role,
    task,
    place,
    notify: [],
    tags: [],
    noLog,
  }
}
