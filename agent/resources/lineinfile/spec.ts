import * as v from 'valibot'
import { commitError } from '../../system/errors.ts'
import type { Place } from '../../system/errors.ts'
import type { FileStat } from '../../system/system.ts'
import { mode, ownerName, path, validator } from '../parameter.ts'
import { parseParameters, placeOf } from '../schema.ts'
import { compilePattern, findPatternFault } from './python-regexp.ts'

/** A line that is to be in a file, or not to be in it. */
export interface LineSpec {
  readonly path: string
  /** Empty only where `absent` goes by regexp. */
  readonly line: string
  readonly state: 'present' | 'absent'
  /** As the task writes it; null when the line itself is looked for. */
  readonly regexp: string | null
  /** Where a new line goes: at an end of the file, or beside the last line that matches. */
  readonly insert: { readonly side: 'before' | 'after'; readonly at: 'BOF' | 'EOF' | RegExp }
  /** How an absent file is made; null when it is not to be made. */
  readonly create: Attributes | null
  readonly validate: readonly string[] | null
  /** Of the task: only the file on the node shows whether its patterns come to an end. */
  readonly place: Place
}

type Attributes = Pick<FileStat, 'mode' | 'owner' | 'group'>

const pattern = v.pipe(
  v.string(),
  v.check(
    (text) => findPatternFault(text) === null,
    ({ input }) => findPatternFault(input) ?? '',
  ),
)

const parameters = v.strictObject({
  path: v.pipe(
    path,
    v.check((text) => !text.includes(': '), 'expected a path without ": " in it'),
  ),
  line: v.optional(
    v.pipe(v.string(), v.regex(/^[^\r\n]+$/, 'expected one line, and not an empty one')),
  ),
  state: v.optional(v.picklist(['present', 'absent']), 'present'),
  regexp: v.optional(pattern),
  insertafter: v.optional(pattern),
  insertbefore: v.optional(pattern),
  create: v.optional(v.boolean(), false),
  owner: v.optional(ownerName),
  group: v.optional(ownerName),
  mode: v.optional(mode),
  validate: v.optional(validator),
})

/** @throws CommitError also for parameters that do not go together */
export function parseLine(raw: Readonly<Record<string, unknown>>, place: Place): LineSpec {
  const given = parseParameters(parameters, raw, place)
  const { path, line = '', state, regexp = null, insertafter, insertbefore, create } = given
  const { mode = 0o644, owner = 'root', group = 'root', validate = null } = given
  const refuse = (key: string, message: string): never => {
    throw commitError(placeOf(place, key), message)
  }
  if (line === '' && state === 'present') refuse('line', 'missing; it has no default')
  if (line === '' && regexp === null) refuse('line', 'missing; give line or regexp')
  if (insertbefore !== undefined && insertafter !== undefined) {
    refuse('insertbefore', 'a line has one place; give insertafter or insertbefore')
  }
  const attribute = (['mode', 'owner', 'group'] as const).find((key) => given[key] !== undefined)
  if (attribute !== undefined && !create) {
    refuse(attribute, 'is for a file that "create: true" makes; a file that exists keeps its own')
  }
  const at = insertbefore ?? insertafter ?? 'EOF'
  const isEnd = at === 'BOF' || (at === 'EOF' && insertbefore === undefined)
  return {
    path,
    line,
    state,
    regexp,
    insert: {
      side: insertbefore === undefined ? 'after' : 'before',
      at: isEnd ? at : compilePattern(at),
    },
    create: create ? { mode, owner, group } : null,
    validate,
    place,
  }
}
