import { readHaproxyBinds } from './haproxy-bind.ts'
import type { HaproxyBind } from './haproxy-bind.ts'

/**
 * The binds that haproxy must have open: those of sections that are not `disabled`, outside of `.if`
 * (whose conditions only haproxy can tell) and in our network namespace.
 */
export function expectedBinds(text: string): readonly HaproxyBind[] {
  const skipped = skippedLines(text)
  return readHaproxyBinds(text).filter(({ line }) => !skipped.has(line))
}

function skippedLines(text: string): ReadonlySet<number> {
  const skipped = new Set<number>()
  let section: number[] = []
  let depth = 0
  for (const [index, raw] of text.split('\n').entries()) {
    const words = raw
      .replace(/(^|\s)#.*$/, '')
      .trim()
      .split(/\s+/)
    const [first = ''] = words
    if (first === '.if') depth += 1
    if (first === '.endif') depth -= 1
    if (/^(global|defaults|frontend|backend|listen)$/.test(first)) section = []
    if (first === 'disabled') section.forEach((line) => skipped.add(line))
    if (first === 'disabled') section = []
    if (first !== 'bind') continue
    section.push(index + 1)
    if (depth > 0 || words.includes('namespace')) skipped.add(index + 1)
  }
  return skipped
}

/** haproxy's default between two checks: 2 s (configuration manual, "inter"). */
const defaultInterval = 2_000
const units: Readonly<Record<string, number>> = {
  us: 0.001,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

/** Times between two checks, in milliseconds. */
export interface CheckIntervals {
  readonly longest: number
  /** By `backend/server`. Servers of a `server-template` are not among them. */
  readonly byServer: ReadonlyMap<string, number>
}

/** How often each server is checked, with what `default-server` says above it. */
export function readCheckIntervals(text: string): CheckIntervals {
  const byServer = new Map<string, number>()
  const all = [defaultInterval]
  let section = ''
  let inherited = defaultInterval
  let current = defaultInterval
  for (const raw of text.split('\n')) {
    const [first = '', name = '', ...rest] = raw
      .replace(/(^|\s)#.*$/, '')
      .trim()
      .split(/\s+/)
    if (/^(defaults|backend|listen|frontend)$/.test(first)) {
      section = first === 'defaults' ? '' : name
      if (first === 'defaults') inherited = defaultInterval
      current = inherited
    }
    if (first === 'default-server') current = intervalOf([name, ...rest]) ?? current
    if (first === 'default-server' && section === '') inherited = current
    if (first !== 'server' && first !== 'server-template') continue
    const interval = intervalOf(rest) ?? current
    all.push(interval)
    if (first === 'server') byServer.set(`${section}/${name}`, interval)
  }
  return { longest: Math.max(...all), byServer }
}

/** The longer one of `inter` and `downinter`. */
function intervalOf(words: readonly string[]): number | null {
  const times = words.flatMap((word, index) => {
    const [, amount, unit = 'ms'] = /^(\d+)(us|ms|s|m|h|d)?$/.exec(words[index + 1] ?? '') ?? []
    const isTime = (word === 'inter' || word === 'downinter') && amount !== undefined
    return isTime ? [Number(amount) * (units[unit] ?? 1)] : []
  })
  return times.length === 0 ? null : Math.max(...times)
}
