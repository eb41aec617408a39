import { CommitError, commitError } from '../system/errors.ts'
import type { Place, Problem } from '../system/errors.ts'
import { nearest } from '../yaml/nearest.ts'
import type { Sourced, ValuePath } from '../yaml/yaml.ts'
import { describe } from './helpers.ts'

/** A task or handler as written: one kind with its parameters, and what surrounds it. */
export interface Task {
  readonly name: string
  readonly kind: string
  /** Parameters, not rendered. */
  readonly parameters: Readonly<Record<string, unknown>>
  readonly when: readonly unknown[]
  readonly loop: unknown
  readonly notify: readonly string[]
  readonly tags: readonly string[]
  readonly noLog: boolean
  /** Place of a value below the task, such as `['copy', 'mode']`. */
  place(path: ValuePath): Place
}

const taskKeys = ['name', 'when', 'loop', 'notify', 'tags', 'no_log']

/**
 * Reads a list of tasks (tasks/main.yml or handlers/main.yml).
 * @throws CommitError with every fault of the file: unknown keys, no kind or two of them, wrong types
 */
export function parseTasks(source: Sourced, kinds: readonly string[]): readonly Task[] {
  if (source.value === null) return []
  if (!Array.isArray(source.value)) throw commitError(source.place([]), 'expected a list of tasks')
  const problems: Problem[] = []
  const tasks: Task[] = []
  source.value.forEach((raw: unknown, index) => {
    const place = (path: ValuePath): Place => ({
      ...source.place([index, ...path]),
      key: path.join('.'),
    })
    const found = parseTask(raw, kinds, place)
    if ('problems' in found) problems.push(...found.problems)
    else tasks.push(found)
  })
  if (problems.length > 0) throw new CommitError(problems)
  return tasks
}

function parseTask(
  raw: unknown,
  kinds: readonly string[],
  place: Task['place'],
): Task | { readonly problems: readonly Problem[] } {
  if (!isMap(raw)) {
    return { problems: [{ place: place([]), message: `expected a task, got ${describe(raw)}` }] }
  }
  const problems: Problem[] = []
  const report = (key: string, message: string): void => {
    problems.push({ place: place(key === '' ? [] : [key]), message })
  }
  const used = Object.keys(raw).filter((key) => kinds.includes(key))
  for (const key of Object.keys(raw)) {
    if (!kinds.includes(key) && !taskKeys.includes(key)) {
      report(key, `unknown key of a task${nearest(key, [...kinds, ...taskKeys])}`)
    }
  }
  const [kind = ''] = used
  if (used.length > 1) report(kind, `a task has one kind, this one has ${used.join(' and ')}`)
  if (used.length === 0 && problems.length === 0) {
    report('', `a task needs one of: ${kinds.join(', ')}`)
  }
  const { name, loop = null } = raw
  const parameters = raw[kind]
  if (typeof name !== 'string') report('name', 'a task needs a name')
  if (used.length === 1 && !isMap(parameters)) {
    report(kind, `expected a map of parameters, got ${describe(parameters)}`)
  }
  const list = (key: string): readonly string[] => {
    const items: readonly unknown[] = raw[key] === undefined ? [] : [raw[key]].flat()
    const texts = items.filter((item) => typeof item === 'string')
    if (texts.length < items.length) report(key, 'expected text or a list of texts')
    return texts
  }
  const notify = list('notify')
  const tags = list('tags')
  if (raw['no_log'] !== undefined && typeof raw['no_log'] !== 'boolean') {
    report('no_log', `expected yes or no, got ${describe(raw['no_log'])}`)
  }
  if (problems.length > 0) return { problems }
  return {
    name: name as string,
    kind,
    parameters: parameters as Readonly<Record<string, unknown>>,
    when: raw['when'] === undefined ? [] : [raw['when']].flat(),
    loop,
    notify,
    tags,
    noLog: raw['no_log'] === true,
    place,
  }
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
