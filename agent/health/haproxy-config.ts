import { readHaproxyBinds } from '../preflight/haproxy-bind.ts'
import type { HaproxyBind } from '../preflight/haproxy-bind.ts'

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

/** The longest time between two checks of a server, in milliseconds. */
export function longestCheckInterval(text: string): number {
  const found = [...text.matchAll(/^\s*(?:default-server|server|server-template)\s.*$/gm)].flatMap(
    ([line]) => [...line.matchAll(/\s(?:inter|downinter)\s+(\d+)(us|ms|s|m|h|d)?(?=\s|$)/g)],
  )
  const times = found.map(([, amount, unit = 'ms']) => Number(amount) * (units[unit] ?? 1))
  return Math.max(defaultInterval, ...times)
}
