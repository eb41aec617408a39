import { dirname } from 'node:path/posix'
import type { Plan, Planned } from '../plan/plan.ts'
import type { Resource } from '../roles/resource.ts'
import type { System } from '../system/system.ts'

/**
 * How a node was when it was found in line with a desired state: what is put back like that before anything
 * has read it needs no reload.
 */
export interface InLine {
  /** When files were written (ms since the epoch), by path. */
  readonly times: ReadonlyMap<string, number>
  /** A mark of each process that proves what it runs, which changes once it may have read anything. */
  readonly marks: ReadonlyMap<string, string>
}

/** The last time that a node was in line with the same desired state; null: not yet. */
export interface LastInLine {
  inLine: InLine | null
}

/**
 * What a plan in sync tells about the node.
 * @returns null when somebody writes a file just now: then nobody knows what was read
 */
export async function findInLine(
  { items }: Plan,
  system: Pick<System, 'stat'>,
): Promise<InLine | null> {
  const times = new Map<string, number>()
  for (const item of items) {
    const path = pathOf(item)
    const { kind, spec } = item.resource
    const stat = kind.found?.(spec, item.state) ?? null
    if (path !== null && stat?.type === 'file') times.set(path, stat.mtime)
  }
  for (const [path, time] of times) {
    if ((await system.stat(path))?.mtime !== time) return null
  }
  return { times, marks: marksOf(items) }
}

/**
 * The files that somebody has changed and nothing has read since, when nothing else has drifted but what
 * follows from that. Pure.
 * @returns empty when a process may run with what was changed, or can't prove that it does not
 */
export function findUnread(
  { items, removals }: Plan,
  handlers: readonly Resource[],
  last: InLine,
): readonly Planned[] {
  const drifted = items.filter(({ changes }) => changes.length > 0)
  const files = drifted.filter((one) => pathOf(one) !== null)
  const marks = marksOf(items)
  const isUnmoved = (name: string | undefined): boolean => {
    const mark = name === undefined ? undefined : marks.get(name)
    return mark !== undefined && mark === last.marks.get(name ?? '')
  }
  const others = drifted.filter((one) => pathOf(one) === null).map(({ resource }) => resource)
  const readers = files.flatMap((file) => [
    ...handlers.filter(({ task }) => file.resource.notify.includes(task)),
    ...items.filter((one) => readsFile(one, pathOf(file) ?? '')).map(({ resource }) => resource),
  ])
  const isUnread = [...others, ...readers].every(({ effects }) => isUnmoved(effects.unit?.name))
  const isKnown = files.every((file) => last.times.has(pathOf(file) ?? ''))
  return removals.length === 0 && isUnread && isKnown ? files : []
}

/** Whether everything that proves what it runs is as it was. */
export function isUnmoved({ items }: Plan, { marks }: InLine): boolean {
  const now = marksOf(items)
  return [...marks].every(([name, mark]) => now.get(name) === mark)
}

function marksOf(items: readonly Planned[]): ReadonlyMap<string, string> {
  const marks = new Map<string, string>()
  for (const { resource, state } of items) {
    const { kind, spec, effects } = resource
    const mark = kind.reload?.readMark(spec, state) ?? null
    const name = effects.unit?.name
    if (mark !== null && name !== undefined) marks.set(name, mark)
  }
  return marks
}

/** The path of a file that its task decides on as a whole. */
function pathOf({ resource }: Planned): string | null {
  return resource.effects.files.find(({ content }) => content !== null)?.path ?? null
}

/** A folder counts with all that is in it. */
function readsFile({ resource }: Planned, path: string): boolean {
  const files = resource.effects.unit?.reads ?? []
  return files.some(
    (file) => file === path || file === dirname(path) || path.startsWith(`${file}/`),
  )
}
