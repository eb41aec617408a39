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
  for (const { resource, state } of items) {
    const found = resource.kind.whole?.(resource.spec, state)
    if (found?.mtime !== undefined && found.mtime !== null) times.set(found.path, found.mtime)
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
  const isUnread = [...others, ...readers].every(({ kind, spec }) =>
    isUnmoved(kind.readsAs?.(spec)),
  )
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
    const { kind, spec } = resource
    const mark = kind.readMark?.(spec, state) ?? null
    const name = kind.readsAs?.(spec)
    if (mark !== null && name !== undefined) marks.set(name, mark)
  }
  return marks
}

function pathOf({ resource, state }: Planned): string | null {
  return resource.kind.whole?.(resource.spec, state)?.path ?? null
}

/** A folder counts with all that is in it. */
function readsFile({ resource: { kind, spec } }: Planned, path: string): boolean {
  if (kind.readsAs === undefined) return false
  const files = kind.files?.(spec) ?? []
  return files.some(
    (file) => file === path || file === dirname(path) || path.startsWith(`${file}/`),
  )
}
