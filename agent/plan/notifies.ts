import type { Resource } from '../roles/resource.ts'
import type { Planned } from './plan.ts'

/**
 * Names of the handlers that a drifted resource asks for once it is applied. Where mode or owner alone
 * differ, a handler of a unit whose process proves that it runs with this very content is left out:
 * reading it again would change nothing.
 * @param items the whole plan, with the tasks that tell what the units run
 */
export function notifies(
  planned: Planned,
  items: readonly Planned[],
  handlers: readonly Resource[],
): readonly string[] {
  const path = pathOfSameContent(planned)
  const { notify } = planned.resource
  if (path === null) return notify
  // A loop makes several handlers of one name
  return notify.filter(
    (name) =>
      !handlers
        .filter(({ task }) => task === name)
        .every(({ effects }) => effects.unit !== null && hasRead(effects.unit.name, path, items)),
  )
}

/** The path of a file that is there, and keeps its content when the drift is repaired. */
function pathOfSameContent({ resource, state }: Planned): string | null {
  const { kind, spec, effects } = resource
  const [file, ...more] = effects.files
  const isThere = kind.found?.(spec, state)?.type === 'file'
  if (file === undefined || more.length > 0 || file.becomes !== 'file' || !isThere) return null
  return kind.writes?.(spec, state).length === 0 ? file.path : null
}

function hasRead(unit: string, path: string, items: readonly Planned[]): boolean {
  return items.some(
    ({ resource: { kind, spec, effects }, state }) =>
      effects.unit?.name === unit && kind.reload?.hasRead(spec, state, path) === true,
  )
}
