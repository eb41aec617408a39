import { LimitError } from '../../system/errors.ts'
import { limitCpu } from '../../system/limit-cpu.ts'
import { placeOf } from '../schema.ts'
import { compilePattern } from './python-regexp.ts'
import type { LineSpec } from './spec.ts'

/** Bytes of the longest file that is edited: each of them may be a line. 8 MiB is beyond any configuration. */
export const longestEdited = 8 * 2 ** 20

/** Milliseconds of CPU time. An ordinary pattern took 1.6 s for a file of 12 MB, on a slow machine. */
const limit = 5_000

/**
 * Lines of a file, as {@link splitLines} gives them, with what a task wants done to them.
 * @throws CommitError when a pattern does not come to its end
 */
export function editLines(lines: readonly string[], spec: LineSpec): readonly string[] {
  return withinLimit(spec, () => edit(lines, spec))
}

/**
 * Index of the line that is the task's: the last that the regexp matches, else the last that equals it; or -1.
 * @throws CommitError as above
 */
export function findLine(lines: readonly string[], spec: LineSpec): number {
  return withinLimit(spec, () => find(lines, spec))
}

function withinLimit<T>(spec: LineSpec, action: () => T): T {
  if (spec.regexp === null && !(spec.insert.at instanceof RegExp)) return action()
  const { path, place, regexp } = spec
  return limitCpu(
    limit,
    action,
    () =>
      new LimitError([
        {
          place: placeOf(place, regexp === null ? 'insertafter or insertbefore' : 'regexp'),
          message: `does not come to an end within ${limit / 1000} s of CPU time on a line of ${path}; a repetition within a repetition, such as (a+)+, tries all ways to share a line among them: write it without`,
        },
      ]),
  )
}

function edit(lines: readonly string[], spec: LineSpec): readonly string[] {
  if (spec.state === 'absent') {
    if (spec.regexp === null) return withoutLine(lines, spec.line)
    const isMatch = matches(compilePattern(spec.regexp))
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
  const found = find(lines, spec)
  if (found !== -1) return lines.with(found, line)
  const { side, at } = spec.insert
  const anchor = at instanceof RegExp ? lines.findLastIndex(matches(at)) : -1
  const end = at === 'BOF' ? 0 : lines.length
  const index = anchor === -1 ? end : side === 'before' ? anchor : anchor + 1
  const above = lines.slice(0, index).map((each) => (each.endsWith('\n') ? each : `${each}\n`))
  return [...above, line, ...lines.slice(index)]
}

function find(lines: readonly string[], { line, regexp }: LineSpec): number {
  const found = regexp === null ? -1 : lines.findLastIndex(matches(compilePattern(regexp)))
  return found === -1 ? lines.findLastIndex(equals(line)) : found
}

/** The lines that are not this one. */
export function withoutLine(lines: readonly string[], text: string): readonly string[] {
  const isLine = equals(text)
  return lines.filter((line) => !isLine(line))
}

function equals(text: string): (line: string) => boolean {
  const wanted = toBytes(text)
  return (line) => line.replace(/[\r\n]+$/, '') === wanted
}

function matches(expression: RegExp): (line: string) => boolean {
  return (line) => expression.test(Buffer.from(line, 'latin1').toString())
}

/** Lines with their newlines, a letter for each byte, so that what is not UTF-8 stays as it is. */
export function splitLines(content: Uint8Array | null): readonly string[] {
  const text = Buffer.from(content ?? []).toString('latin1')
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? []
}

export function joinLines(lines: readonly string[]): Uint8Array {
  return Buffer.from(lines.join(''), 'latin1')
}

function toBytes(text: string): string {
  return Buffer.from(text).toString('latin1')
}
