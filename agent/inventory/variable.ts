import { formatValuePath } from '../yaml/yaml.ts'
import type { Sourced, ValuePath } from '../yaml/yaml.ts'
import type { Variable } from './inventory.ts'

/** The variable that a file has at `path`, whose last step is its name. */
export function variableAt(source: Sourced, path: ValuePath, value: unknown): Variable {
  const name = path.slice(-1)
  return {
    value,
    place: (below) => ({
      ...source.place([...path, ...below]),
      key: formatValuePath([...name, ...below]),
    }),
  }
}

/** The entries of a map, none of null; undefined when it is no map. */
export function entriesOf(value: unknown): readonly (readonly [string, unknown])[] | undefined {
  if (value === null) return []
  if (typeof value !== 'object' || Array.isArray(value)) return undefined
  return Object.entries(value)
}
