import { dirname, resolve } from 'node:path'
import * as v from 'valibot'
import { commitError, LocalError, messageOf } from '../errors.ts'
import type { Place } from '../errors.ts'
import type { FileStat, System } from '../system/system.ts'
import { showContent } from './content.ts'
import type { Change, FileWrite, Kind, Owned } from './kind.ts'
import { mode, ownerName, path } from './parameter.ts'
import { parseParameters, placeOf } from './schema.ts'
import { validator } from './validator.ts'

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
}

type Attributes = Pick<FileStat, 'mode' | 'owner' | 'group'>

export interface LineState {
  readonly stat: FileStat | null
  /** Of a plain file only. */
  readonly content: Uint8Array | null
  /** Where it leads, if `path` is a link. */
  readonly target: string | null
}

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

/**
 * One line of a file that is not ours as a whole, as Ansible's lineinfile leaves it once it has nothing
 * more to do: the last line that `regexp` matches becomes `line`; where none does and `line` is nowhere
 * yet, it is added. `absent` takes out all matches. A file that exists keeps its mode and owner; those of
 * the task are for a file that `create` makes. A line that we added is owned; one that took the place of
 * another stays when its task goes.
 *
 * Regular expressions are JavaScript's, with `.` and `$` as in Python. What Python has besides is refused:
 * `(?P<name>…)`, `\A`, `\Z`, `{,3}`, a `]` that comes first in brackets, `(?x)` and its like; `(?i)` may stand
 * at the start. Where Ansible matches bytes, `.`, `\s` and `(?i)` here know letters beyond ASCII.
 */
export const lineinfile: Kind<LineSpec, LineState> = {
  name: 'lineinfile',
  parse,
  id: ({ path, regexp, line }) => `line in ${path}: ${regexp ?? line}`,
  observe,

  diff(spec, state) {
    const { stat, content, target } = state
    if (stat !== null && content === null) {
      const before = target === null ? stat.type : `link to ${target}`
      return [{ field: 'state', before, after: 'file' }]
    }
    const change = { field: 'state', before: null, after: 'file' }
    if (stat === null && spec.state === 'present' && spec.create === null) {
      return [{ ...change, note: 'without "create: true" something else has to make it' }]
    }
    const [write] = writes(spec, state)
    if (!write) return []
    return [...(stat === null ? [change] : []), contentChange(content, write.content)]
  },

  files: (spec) => [spec.path],
  writes,

  async check(spec, place, system) {
    const refusal = refuse(spec, await observe(spec, system))
    if (refusal !== null) throw commitError(placeOf(place, 'path'), refusal)
  },

  async apply(spec, _changes, _state, system) {
    // Observed again: an earlier task may have changed another line of the same file.
    const state = await observe(spec, system)
    const refusal = refuse(spec, state)
    if (refusal !== null) throw new LocalError(refusal)
    if (state.stat === null && spec.state === 'present' && spec.create === null) {
      throw new LocalError(`${spec.path} is absent; add "create: true" to make it`)
    }
    for (const { path, ...file } of writes(spec, state)) await system.writeFile(path, file)
  },

  owned(spec, { stat, content }) {
    const isAdded = spec.state === 'present' && findLine(splitLines(content), spec) === -1
    const wasAbsent = stat === null && spec.create !== null
    const name = nameOwned(spec)
    return isAdded ? [{ kind: 'lineinfile', name, before: wasAbsent ? null : 'file' }] : []
  },

  claims: (spec) => (spec.state === 'present' ? [nameOwned(spec)] : []),

  async removal(owned, system) {
    const found = await planRemoval(owned, system)
    if (found === null) return []
    const { stat, content, left } = found
    if (left !== null) return [contentChange(content, left)]
    return [{ field: 'state', before: stat.type, after: null }, contentChange(content, null)]
  },

  async remove(owned, system) {
    const found = await planRemoval(owned, system)
    if (found === null) return
    const { path, stat, left } = found
    if (left === null) await system.remove(path)
    else await system.writeFile(path, { ...stat, content: left })
  },
}

function parse(raw: Readonly<Record<string, unknown>>, place: Place): LineSpec {
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
    insert: { side: insertbefore === undefined ? 'after' : 'before', at: isEnd ? at : compile(at) },
    create: create ? { mode, owner, group } : null,
    validate,
  }
}

async function observe({ path }: LineSpec, system: System): Promise<LineState> {
  const stat = await system.stat(path)
  return {
    stat,
    content: stat?.type === 'file' ? await system.readFile(path) : null,
    target: stat?.type === 'link' ? await system.readLink(path) : null,
  }
}

type Write = FileWrite & { readonly content: Uint8Array }

function writes(spec: LineSpec, { stat, content }: LineState): readonly Write[] {
  const attributes = stat === null ? spec.create : content && stat
  const before = splitLines(content)
  const after = edit(before, spec)
  if (attributes === null || after.join('') === before.join('')) return []
  const { mode, owner, group } = attributes
  const { path, validate } = spec
  const file = { path, content: joinLines(after), mode, owner, group }
  return [validate === null ? file : { ...file, validate }]
}

function contentChange(before: Uint8Array | null, after: Uint8Array | null): Change {
  return {
    field: 'content',
    before: before && showContent(before),
    after: after && showContent(after),
  }
}

/** A rename would put a file in the place of a link, and what it leads to would stay as it was. */
function refuse({ path }: LineSpec, { stat, target }: LineState): string | null {
  if (stat === null || stat.type === 'file') return null
  if (target !== null) {
    return `${path} is a link on this node; name ${resolve(dirname(path), target)}, where it leads`
  }
  const found = stat.type === 'directory' ? 'a folder' : 'no ordinary file'
  return `${path} is ${found} on this node; name a file`
}

function edit(lines: readonly string[], spec: LineSpec): readonly string[] {
  if (spec.state === 'absent') {
    const isMatch = spec.regexp === null ? equals(spec.line) : matches(compile(spec.regexp))
    return lines.filter((line) => !isMatch(line))
  }
  // Again until nothing changes, as a regexp that does not match `line` may match several others. Ends, since
  // each time there is one of them less.
  for (let before = lines; ;) {
    const after = putLine(before, spec)
    if (after.join('') === before.join('')) return after
    before = after
  }
}

function putLine(lines: readonly string[], spec: LineSpec): readonly string[] {
  const line = `${toBytes(spec.line)}\n`
  const found = findLine(lines, spec)
  if (found !== -1) return lines.with(found, line)
  const { side, at } = spec.insert
  const anchor = at instanceof RegExp ? lines.findLastIndex(matches(at)) : -1
  const end = at === 'BOF' ? 0 : lines.length
  const index = anchor === -1 ? end : side === 'before' ? anchor : anchor + 1
  const above = lines.slice(0, index).map((each) => (each.endsWith('\n') ? each : `${each}\n`))
  return [...above, line, ...lines.slice(index)]
}

/** Index of the line that is the task's: the last that the regexp matches, else the last that equals it; or -1. */
function findLine(lines: readonly string[], { line, regexp }: LineSpec): number {
  const found = regexp === null ? -1 : lines.findLastIndex(matches(compile(regexp)))
  return found === -1 ? lines.findLastIndex(equals(line)) : found
}

function equals(text: string): (line: string) => boolean {
  const wanted = toBytes(text)
  return (line) => line.replace(/[\r\n]+$/, '') === wanted
}

function matches(expression: RegExp): (line: string) => boolean {
  return (line) => expression.test(Buffer.from(line, 'latin1').toString())
}

/** Escapes, brackets (with a `]` that comes first) and what else is not for JavaScript as it is. */
const token = /\\(.)|\[\^?(\])?(?:\\.|[^\]\\])*\]?|(\{,\d+\})|[.$]/gs

/** For lines that have their newline: Python's `$` also matches before it, and `.` is anything else. */
function compile(text: string): RegExp {
  const body = text.replace(/^\(\?i\)/, '').replace(token, (found) => pythons.get(found) ?? found)
  return new RegExp(body, text.startsWith('(?i)') ? 'i' : '')
}

const pythons = new Map([
  ['.', '[^\\n]'],
  ['$', '(?=\\n?$)'],
])

/** What is wrong with a regular expression, or would be read otherwise than by Python; null when it is fine. */
function findPatternFault(text: string): string | null {
  if (text === '') return 'matches every line; leave it out, or write ^'
  for (const [, letter = ''] of text.matchAll(/\\(.)/gs)) {
    if (/[A-Za-z]/.test(letter) && !'bBdDsSwWfnrtvux'.includes(letter)) {
      return `"\\${letter}" has no meaning here; for the ends of a line write ^ and $`
    }
  }
  for (const [, , bracket, count] of text.matchAll(token)) {
    if (bracket !== undefined) return 'write "\\]" for a ] that comes first in brackets'
    if (count !== undefined) return `write "{0${count.slice(1)}" instead of "${count}"`
  }
  try {
    compile(text)
    return null
  } catch (error) {
    const reason = messageOf(error).split(': ').at(-1)
    return `is no regular expression of JavaScript: ${reason}`
  }
}

function nameOwned({ path, line }: LineSpec): string {
  return `in ${path}: ${line}`
}

interface RemovalPlan {
  readonly path: string
  readonly stat: FileStat
  readonly content: Uint8Array
  /** null when the file goes: we made it, and nothing else is in it. */
  readonly left: Uint8Array | null
}

/** null when the line is gone already. */
async function planRemoval(owned: Owned, system: System): Promise<RemovalPlan | null> {
  const [, path = '', line = ''] = /^in (.*?): (.*)$/s.exec(owned.name) ?? []
  const stat = await system.stat(path)
  const content = stat?.type === 'file' ? await system.readFile(path) : null
  if (stat === null || content === null) return null
  const lines = splitLines(content)
  const isOther = (each: string): boolean => !equals(line)(each)
  const left = lines.filter(isOther)
  if (left.length === lines.length) return null
  const isOurs = owned.before === null && left.length === 0
  return { path, stat, content, left: isOurs ? null : joinLines(left) }
}

/** Lines with their newlines, a letter for each byte, so that what is not UTF-8 stays as it is. */
function splitLines(content: Uint8Array | null): readonly string[] {
  const text = Buffer.from(content ?? []).toString('latin1')
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? []
}

function joinLines(lines: readonly string[]): Uint8Array {
  return Buffer.from(lines.join(''), 'latin1')
}

function toBytes(text: string): string {
  return Buffer.from(text).toString('latin1')
}
