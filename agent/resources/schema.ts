import * as v from 'valibot'
import { CommitError } from '../system/errors.ts'
import type { Place, Problem } from '../system/errors.ts'
import { nearest } from '../yaml/nearest.ts'

/** Parameters of a kind: unknown keys are errors. */
export type ParameterSchema = v.StrictObjectSchema<v.ObjectEntries, undefined>

/**
 * Checks the parameters of a task. A parameter that is null counts as not given, so that a role can
 * pass on an optional argument of its own.
 * @throws CommitError with one problem for each wrong parameter, its place extended by the key
 */
export function parseParameters<Schema extends ParameterSchema>(
  schema: Schema,
  raw: Readonly<Record<string, unknown>>,
  place: Place,
): v.InferOutput<Schema> {
  const given = Object.fromEntries(Object.entries(raw).filter(([, value]) => value !== null))
  const result = v.safeParse(schema, given)
  if (result.success) return result.output
  throw new CommitError(
    result.issues.map((issue): Problem => {
      const path = (issue.path ?? []).map(({ key }) =>
        typeof key === 'number' ? key : String(key),
      )
      return { place: placeOf(place, ...path), message: describeIssue(schema, issue, path) }
    }),
  )
}

/** The place of one parameter of a task: the task's key, extended. */
export function placeOf(place: Place, ...path: readonly (string | number)[]): Place {
  const key = path.reduce<string>(
    (text, step) =>
      typeof step === 'number' ? `${text}[${step}]` : text === '' ? step : `${text}.${step}`,
    place.key ?? '',
  )
  return { ...place, key }
}

function describeIssue(
  schema: ParameterSchema,
  issue: v.BaseIssue<unknown>,
  path: readonly (string | number)[],
): string {
  if (issue.type === 'strict_object' && issue.expected === 'never') {
    const known = knownKeys(schema, path.slice(0, -1))
    return `unknown parameter${nearest(String(path.at(-1)), known)}`
  }
  if (issue.kind !== 'schema') return issue.message
  if (issue.type === 'strict_object' && issue.received === 'undefined') {
    return 'missing; it has no default'
  }
  return `expected ${inWords(issue.expected ?? '')}, got ${inWords(issue.received)}`
}

/** valibot's names of types, such as `(string | number)` or `"a"`, as a person would put them. */
function inWords(expected: string): string {
  return expected
    .replace(/^\((.*)\)$/, '$1')
    .replaceAll(' | ', ' or ')
    .replace(/"([^"]*)"/g, '$1')
    .replace(/\bstring\b/g, 'text')
    .replace(/\bnumber\b/g, 'a number')
    .replace(/\bboolean\b/g, 'true or false')
    .replace(/\bArray\b/g, 'a list')
    .replace(/\bObject\b/g, 'a map')
}

function knownKeys(schema: ParameterSchema, path: readonly (string | number)[]): readonly string[] {
  let entries = schema.entries
  for (const key of path) {
    const entry = entries[key]
    const inner = entry !== undefined && 'wrapped' in entry ? entry.wrapped : entry
    entries = isMapSchema(inner) ? inner.entries : {}
  }
  return Object.keys(entries)
}

function isMapSchema(schema: unknown): schema is ParameterSchema {
  return typeof schema === 'object' && schema !== null && 'entries' in schema
}
