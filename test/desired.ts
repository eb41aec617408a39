import { kinds } from '../agent/resources/index.ts'
import type { Desired, Resource } from '../agent/roles/resource.ts'

/** What a task makes. @throws Error when there is no such kind */
export function resource(
  kind: string,
  raw: Readonly<Record<string, unknown>>,
  more: Partial<Resource> = {},
): Resource {
  const found = kinds.get(kind)
  if (found === undefined) throw new Error(`no kind ${kind}`)
  const { place = { file: 'roles/a/tasks/main.yml', line: 1, key: kind } } = more
  const spec = found.parse(raw, place)
  return {
    kind: found,
    spec,
    raw,
    id: found.id(spec),
    effects: found.effects(spec),
    role: 'a',
    task: kind,
    place,
    notify: [],
    tags: ['a'],
    noLog: false,
    ...more,
  }
}

/** What a commit wants of lb1; nothing unless given. */
export function desiredOf(parts: Partial<Desired>): Desired {
  return { host: 'lb1', resources: [], handlers: [], skipped: [], vars: {}, secrets: [], ...parts }
}
