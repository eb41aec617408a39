import type { HaproxyConfig } from './config.ts'
import type { Section } from './sections.ts'

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

/** What a server, or a `default-server` above it, says. */
interface Given {
  readonly inter: number
  /** While it is down. null: as otherwise. */
  readonly downinter: number | null
}

/** How often each server is checked, up or down. Of what depends on a `.if`, the longer time counts. */
export function readCheckIntervals({ sections }: Pick<HaproxyConfig, 'sections'>): CheckIntervals {
  const byServer = new Map<string, number>()
  const all = [defaultInterval]
  for (const section of sections) {
    if (section.keyword !== 'backend' && section.keyword !== 'listen') continue
    let current = inherited(section)
    for (const { words } of section.lines) {
      const [keyword, name = '', ...rest] = words
      if (keyword === 'default-server') current = read([name, ...rest], current)
      if (keyword !== 'server' && keyword !== 'server-template') continue
      const { inter, downinter } = read(rest, current)
      const interval = Math.max(inter, downinter ?? inter)
      all.push(interval)
      const id = `${section.name}/${name}`
      if (keyword === 'server') byServer.set(id, Math.max(interval, byServer.get(id) ?? 0))
    }
  }
  return { longest: Math.max(...all), byServer }
}

/** What the `defaults` of a proxy say, and those that they begin with. */
function inherited({ base }: Section): Given {
  if (base === null) return { inter: defaultInterval, downinter: null }
  return base.lines
    .filter(({ words }) => words[0] === 'default-server')
    .reduce((before, { words }) => read(words.slice(1), before), inherited(base))
}

function read(words: readonly string[], { inter, downinter }: Given): Given {
  return {
    inter: timeOf('inter', words) ?? inter,
    downinter: timeOf('downinter', words) ?? downinter,
  }
}

function timeOf(option: string, words: readonly string[]): number | null {
  const at = words.indexOf(option)
  const [, amount, unit = 'ms'] = /^(\d+)(us|ms|s|m|h|d)?$/.exec(words[at + 1] ?? '') ?? []
  return at < 0 || amount === undefined ? null : Number(amount) * (units[unit] ?? 1)
}
