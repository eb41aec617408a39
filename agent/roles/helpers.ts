import { familyOf } from '../programs/address.ts'
import type { Family } from '../programs/address.ts'
/**
 * The helpers that templates, `when` and values may call. Few on purpose; README lists them from here.
 * An argument that is undefined is refused before a helper sees it, except by `defined` and `default`.
 */
export interface Helper {
  readonly usage: string
  readonly does: string
  /** May be called with an undefined first argument. */
  readonly takesUndefined?: boolean
  call(...values: readonly unknown[]): unknown
}

/** Every helper by name. Handlebars' own `if`, `unless`, `each`, `with` and `lookup` come on top. */
export const helpers: Readonly<Record<string, Helper>> = {
  eq: { usage: '(eq a b)', does: 'a equals b', call: (a, b) => a === b },
  ne: { usage: '(ne a b)', does: 'a differs from b', call: (a, b) => a !== b },
  lt: { usage: '(lt a b)', does: 'a is less than b', call: (a, b) => number(a) < number(b) },
  gt: { usage: '(gt a b)', does: 'a is greater than b', call: (a, b) => number(a) > number(b) },
  in: {
    usage: '(in a list)',
    does: 'list (or map, or text) contains a',
    call: (a, within) => isIn(a, within),
  },
  and: { usage: '(and a b …)', does: 'all are true', call: (...all) => all.every(isTrue) },
  or: { usage: '(or a b …)', does: 'at least one is true', call: (...all) => all.some(isTrue) },
  not: { usage: '(not a)', does: 'a is not true', call: (a) => !isTrue(a) },
  defined: {
    usage: '(defined a.b)',
    does: 'a.b exists and is not null',
    takesUndefined: true,
    call: (a) => a !== undefined && a !== null,
  },
  default: {
    usage: '(default a b)',
    does: 'a, or b where a is undefined or null',
    takesUndefined: true,
    call: (a, b) => a ?? b,
  },
  add: { usage: '(add a b)', does: 'a + b', call: (a, b) => number(a) + number(b) },
  sub: { usage: '(sub a b)', does: 'a − b', call: (a, b) => number(a) - number(b) },
  mul: { usage: '(mul a b)', does: 'a × b', call: (a, b) => number(a) * number(b) },
  concat: {
    usage: '(concat a b …)',
    does: 'texts joined',
    call: (...all) => all.map(text).join(''),
  },
  join: {
    usage: "(join list ', ')",
    does: 'the items of a list with a text between them',
    call: (items, between) => list(items).map(text).join(text(between)),
  },
  indexOf: {
    usage: '(indexOf list a)',
    does: 'position of a in list from 0, or -1',
    call: (items, a) => list(items).indexOf(a),
  },
  length: {
    usage: '(length a)',
    does: 'number of items of a list, of keys of a map, of characters of a text',
    call: (a) => (typeof a === 'string' ? a.length : keysOf(a).length),
  },
  lines: {
    usage: '(lines text)',
    does: 'the lines of a text as a list, without blank ones and # comments',
    call: (a) =>
      text(a)
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line !== '' && !line.startsWith('#')),
  },
  indent: {
    usage: '(indent text 4)',
    does: 'every line of a text moved right, for raw snippets',
    call: (a, width) =>
      text(a)
        .trimEnd()
        .split('\n')
        .map((line) => (line === '' ? line : ' '.repeat(number(width)) + line))
        .join('\n'),
  },
  quote: {
    usage: '(quote a)',
    does: 'one word, in single quotes where it needs them, as sh and haproxy read it',
    call: (a) => {
      const word = text(a)
      return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
    },
  },
  address: {
    usage: "(address '192.0.2.1/24')",
    does: 'an address without its prefix length or brackets',
    call: (a) =>
      text(a)
        .replace(/^\[(.*)\]$/, '$1')
        .split('/')[0],
  },
  ipv6: {
    usage: "(ipv6 '2001:db8::1')",
    does: 'whether an address or network is IPv6',
    call: (a) => familyIn(a) === 'ipv6',
  },
  onlyIpv4: {
    usage: '(onlyIpv4 list)',
    does: 'the IPv4 items of a list of addresses, or of maps with one as their address',
    call: (items) => list(items).filter((item) => familyIn(item) !== 'ipv6'),
  },
  onlyIpv6: {
    usage: '(onlyIpv6 list)',
    does: 'the IPv6 items of a list of addresses, or of maps with one as their address',
    call: (items) => list(items).filter((item) => familyIn(item) === 'ipv6'),
  },
  unique: {
    usage: '(unique list)',
    does: 'the items of a list, each once',
    call: (items) => [...new Set(list(items))],
  },
  append: {
    usage: '(append list list …)',
    does: 'the items of several lists in one',
    call: (...all) => all.flatMap(list),
  },
  find: {
    usage: "(find list 'name' a)",
    does: 'the first map of a list whose key has a value',
    call: (items, key, value) => {
      const found = list(items).find((item) => valueOf(item, key) === value)
      if (found === undefined)
        throw new Error(`there is none whose ${text(key)} is ${describe(value)}`)
      return found
    },
  },
  extract: {
    usage: "(extract names map 'key')",
    does: 'for each name the key of the map it names, such as a host of hostvars; the name itself without one',
    call: (names, maps, key) =>
      list(names).map((name) => valueOf(valueOf(maps, name), key) ?? name),
  },
  without: {
    usage: '(without map other …)',
    does: 'a map without the keys that other maps have',
    call: (from, ...others) => {
      const taken = new Set(others.flatMap(keysOf))
      keysOf(from)
      return Object.fromEntries(Object.entries(Object(from)).filter(([key]) => !taken.has(key)))
    },
  },
  hostsOf: {
    usage: '(hostsOf names groups)',
    does: 'a list of names with the hosts of a group instead of its name, each once',
    call: (names, groups) => {
      const hosts = new Map<unknown, unknown>(Object.entries(Object(groups)))
      return [...new Set(list(names).flatMap((name) => list(hosts.get(name) ?? [name])))]
    },
  },
}

function valueOf(map: unknown, key: unknown): unknown {
  const values = Object(map) as Readonly<Record<string, unknown>>
  return Object.hasOwn(values, text(key)) ? values[text(key)] : undefined
}

/**
 * Family of an address or network, with whatever brackets, prefix length or words (`dev eth0 label eth0:1`)
 * are behind it, or of a map with one as its address; null for names and for an address with a port.
 */
function familyIn(item: unknown): Family | null {
  const isMap = typeof item === 'object' && item !== null && 'address' in item
  const [first = ''] = text(isMap ? item.address : item)
    .trim()
    .split(/\s/)
  return familyOf(first.replace(/^\[(.*)\]/, '$1').split('/')[0] ?? '')
}

function isTrue(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : Boolean(value)
}

function isIn(value: unknown, within: unknown): boolean {
  if (typeof within === 'string') return within.includes(text(value))
  if (Array.isArray(within)) return within.includes(value)
  return keysOf(within).includes(text(value))
}

function keysOf(value: unknown): readonly string[] {
  if (typeof value === 'object' && value !== null) return Object.keys(value)
  throw new Error(`expected a list or a map, got ${describe(value)}`)
}

function list(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value
  throw new Error(`expected a list, got ${describe(value)}`)
}

function number(value: unknown): number {
  const result = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  if (typeof result === 'number' && !Number.isNaN(result)) return result
  throw new Error(`expected a number, got ${describe(value)}`)
}

/** A scalar as text. @throws Error for null, undefined, lists and maps, which no file should ever show */
export function text(value: unknown): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  throw new Error(`expected text, got ${describe(value)}`)
}

/** What a person calls a value: `null`, `a list`, `"high"`. */
export function describe(value: unknown): string {
  if (value === null) return 'null'
  if (value === undefined) return 'an undefined value'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'a map'
  return JSON.stringify(value)
}
