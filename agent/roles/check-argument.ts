import type { Place, Problem } from '../system/errors.ts'
import { nearest } from '../yaml/nearest.ts'
import type { ValuePath } from '../yaml/yaml.ts'
import type { Option } from './argument-spec.ts'
import { describe } from './helpers.ts'

/** What checking one argument gives. */
export interface Checked {
  /** The value with its type made sure and every option that was left out filled in (default, else null). */
  readonly value: unknown
  readonly problems: readonly Problem[]
  /** Every text and number in the values of options with `no_log`. */
  readonly secrets: readonly string[]
}

/**
 * Checks a value against its option, all the way down.
 * @param place where the person wrote the value at a path below it
 */
export function checkArgument(
  value: unknown,
  option: Option,
  place: (path: ValuePath) => Place,
): Checked {
  const problems: Problem[] = []
  const secrets: string[] = []
  const report = (path: ValuePath, message: string): void => {
    problems.push({ place: place(path), message })
  }

  /** @param isSecret whether an option above has `no_log`: then all below it is hidden, too */
  function check(value: unknown, option: Option, path: ValuePath, isSecret: boolean): unknown {
    if (option.no_log === true && !isSecret) {
      secrets.push(...textsIn(value))
      return check(value, option, path, true)
    }
    const shown = (): string => (isSecret ? 'a value that is not shown' : describe(value))
    if (value === null || value === undefined) {
      if (option.required === true) report(path, `expected ${typeName(option)}, got nothing`)
      const { default: fallback = null } = option
      return fallback === null ? null : check(fallback, option, path, isSecret)
    }
    const converted = convert(option.lines === 'one' ? withoutLastBreak(value) : value, option.type)
    if (converted === undefined) {
      report(path, `expected ${typeName(option)}, got ${shown()}`)
      return value
    }
    if (option.choices && !option.choices.includes(converted)) {
      const choices = option.choices.map(String).join(', ')
      report(path, `expected one of ${choices}, got ${shown()}`)
    }
    if (typeof converted === 'number' && option.range && !isWithin(converted, option.range)) {
      report(path, `expected ${option.range.join(' to ')}, got ${shown()}`)
    }
    const isMap = typeof converted === 'object'
    if (option.lines === 'one' && !(isMap && option.options)) checkLines(converted, path)
    if (Array.isArray(converted))
      return converted.map((item, i) => checkItem(item, option, [...path, i], isSecret))
    if (isMap && option.options) return keys(converted, option.options, path, isSecret)
    return converted
  }

  /** Text of lists is checked item by item, that of maps whose keys are free here. */
  function checkLines(value: unknown, path: ValuePath): void {
    if (typeof value === 'string' && control.test(value)) report(path, severalLines)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return
    for (const [key, inner] of Object.entries(value)) {
      if (control.test(key)) report([...path, key], severalLines)
      checkLines(inner, [...path, key])
    }
  }

  function checkItem(item: unknown, list: Option, path: ValuePath, isSecret: boolean): unknown {
    if (list.elements === undefined) return item
    const { options, lines, range } = list
    return check(
      item,
      { type: list.elements, required: true, options, lines, range },
      path,
      isSecret,
    )
  }

  function keys(
    value: unknown,
    options: Readonly<Record<string, Option>>,
    path: ValuePath,
    isSecret: boolean,
  ): Record<string, unknown> {
    const map = value as Readonly<Record<string, unknown>>
    for (const key of Object.keys(map)) {
      if (!(key in options)) {
        report([...path, key], `unknown key${nearest(key, Object.keys(options))}`)
      }
    }
    return Object.fromEntries(
      Object.entries(options).map(([key, option]) => [
        key,
        check(map[key], option, [...path, key], isSecret),
      ]),
    )
  }

  return { value: check(value, option, [], false), problems, secrets }
}

function isWithin(number: number, [least, most]: readonly [number, number]): boolean {
  return number >= least && number <= most
}

/** All texts and numbers in a value, as a template prints them. Yes and no tell nothing. */
function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value]
  if (typeof value === 'number') return [String(value)]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : []
}

/** Characters that end a line or a text in the files of haproxy, keepalived and others; a tab is a blank. */
// eslint-disable-next-line no-control-regex
const control = /[\u0000-\u0008\u000a-\u001f\u007f]/

const severalLines =
  'expected one line: what stands behind a line break, or another control character, would be read as a line of its own'

/** Block scalars of YAML (`|` and `>`) end with a line break that nobody means. */
function withoutLastBreak(value: unknown): unknown {
  return typeof value === 'string' ? value.replace(/\r?\n$/, '') : value
}

function typeName(option: Option): string {
  const names = {
    str: 'text',
    path: 'a path',
    int: 'a whole number',
    float: 'a number',
    bool: 'yes or no',
    dict: 'a map',
    list: 'a list',
    raw: 'a value',
  }
  return names[option.type]
}

/** The value in the option's type; undefined when it is of another. Rendered numbers may come as text. */
function convert(value: unknown, type: Option['type']): unknown {
  switch (type) {
    case 'str':
    case 'path':
      if (typeof value === 'string') return value
      return typeof value === 'number' ? String(value) : undefined
    case 'int':
    case 'float': {
      const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
      if (typeof number !== 'number' || Number.isNaN(number)) return undefined
      return type === 'float' || Number.isInteger(number) ? number : undefined
    }
    case 'bool':
      if (typeof value === 'boolean') return value
      if (value === 'true' || value === 'yes') return true
      return value === 'false' || value === 'no' ? false : undefined
    case 'list':
      return Array.isArray(value) ? value : undefined
    case 'dict':
      return typeof value === 'object' && !Array.isArray(value) ? value : undefined
    default:
      return value
  }
}
