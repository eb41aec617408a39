import { findVariable } from './environment.ts'
import type { Environment } from './environment.ts'
import { compareVersions } from './version.ts'
import { isKnown } from './words.ts'

/** What conditions are about. */
export interface ConditionContext {
  readonly environment: Environment
  /** `2.6.12-1+deb12u4`; null: not known. */
  readonly version: string | null
}

/** null: it can't be told from here. */
export type Truth = boolean | null

/** Whether the condition of a `.if` holds (configuration manual, 2.4; cfgcond.c). Nothing at all does not. */
export function evaluateCondition(text: string, context: ConditionContext): Truth {
  if (text.trim() === '') return false
  const reader: Reader = { rest: text, context }
  const truth = readEither(reader)
  // haproxy refuses the file
  return reader.rest.trim() === '' ? truth : null
}

interface Reader {
  rest: string
  readonly context: ConditionContext
}

function readEither(reader: Reader): Truth {
  const left = readBoth(reader)
  if (!take(reader, /^\s*\|\|/)) return left
  const right = readEither(reader)
  return left === true || right === true ? true : left === false && right === false ? false : null
}

function readBoth(reader: Reader): Truth {
  const left = readTerm(reader)
  if (!take(reader, /^\s*&&/)) return left
  const right = readBoth(reader)
  return left === false || right === false ? false : left === true && right === true ? true : null
}

function readTerm(reader: Reader): Truth {
  const negations = take(reader, /^[\s!]*/) ?? ''
  const truth = readPlain(reader)
  const isNegated = negations.replaceAll(/\s/g, '').length % 2 === 1
  return truth === null ? null : truth !== isNegated
}

function readPlain(reader: Reader): Truth {
  const number = take(reader, /^[+-]?(0x[0-9a-f]+|\d+)/i)
  if (number !== null) return Number(number) !== 0
  if (take(reader, /^\(/) !== null) {
    const truth = readEither(reader)
    take(reader, /^\s*\)/)
    return truth
  }
  const name = take(reader, /^\w+/) ?? ''
  const given = take(reader, /^\((?:\\.|"(?:\\.|[^"\\])*"|'[^']*'|[^)\\"'])*\)/) ?? ''
  return readPredicate(name, splitArguments(given.slice(1, -1)), reader.context)
}

/** The text at the front that a pattern fits, which is then gone. */
function take(reader: Reader, pattern: RegExp): string | null {
  const found = pattern.exec(reader.rest)?.[0]
  if (found === undefined) return null
  reader.rest = reader.rest.slice(found.length)
  return found
}

/** How haproxy was built, and with which library, is not known here. */
function readPredicate(
  name: string,
  given: readonly string[],
  { environment, version }: ConditionContext,
): Truth {
  if (!given.every(isKnown)) return null
  const [first = '', second = ''] = given
  switch (name) {
    case 'defined': {
      const value = findVariable(first, environment)
      return value === null ? null : value !== undefined
    }
    case 'streq':
      return first === second
    case 'strneq':
      return first !== second
    case 'strstr':
      return first.includes(second)
    case 'version_atleast':
      return version === null ? null : compareVersions(version, first) >= 0
    case 'version_before':
      return version === null ? null : compareVersions(version, first) < 0
    default:
      return null
  }
}

/** Commas part arguments unless quoted or behind a backslash (make_arg_list in haproxy's arg.c). */
function splitArguments(text: string): readonly string[] {
  const parts: string[] = ['']
  for (const [part = ''] of text.matchAll(/\\.|"(?:\\.|[^"\\])*"|'[^']*'|[^]/g)) {
    if (part === ',') parts.push('')
    else parts.push((parts.pop() ?? '') + unquote(part))
  }
  return parts
}

function unquote(part: string): string {
  if (part.length > 1 && part.startsWith("'")) return part.slice(1, -1)
  const inner = part.length > 1 && part.startsWith('"') ? part.slice(1, -1) : part
  return inner.replaceAll(/\\([\\ "'])/g, '$1')
}
