import type { Limit } from './fault.ts'
import type { Try } from './measure.ts'

/** The middle one; the upper of two. null: there is none. */
export function median(numbers: readonly number[]): number | null {
  const sorted = numbers.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? null
}

/**
 * What of the tries does not meet the limit, in words; none: all of it does. Times and failed requests count by
 * their medians; what must never happen, by every try.
 * @param restart median gap in milliseconds of a restart by itself, for `timesRestart`
 */
export function judge(
  tries: readonly Try[],
  limit: Limit,
  restart: number | null,
): readonly string[] {
  const found: string[] = []
  const above = (what: string, of: (one: Try) => number | null, most: number | undefined): void => {
    if (most === undefined) return
    const middle = median(tries.map((one) => of(one) ?? Infinity))
    if (middle !== null && middle > most) found.push(`${what} ${middle}, at most ${most}`)
  }
  const never = (what: string, isSo: (one: Try) => boolean): void => {
    const count = tries.filter(isSo).length
    if (count > 0) found.push(`${what} in ${count} of ${tries.length}`)
  }
  above('gap', ({ gap }) => gap, limit.gap)
  if (limit.timesRestart !== undefined && restart !== null) {
    above('gap', ({ gap }) => gap, Math.round(restart * limit.timesRestart))
  }
  if (limit.failed === 0) never('failed requests', ({ failed }) => failed > 0)
  else above('failed', ({ failed }) => failed, limit.failed)
  above('left after', ({ leftAfter }) => leftAfter, limit.leavesWithin)
  if (limit.staysHome) never('a VIP moved', ({ moved }) => moved)
  if (limit.keepsHaproxy) never('haproxy was restarted', ({ restarted }) => restarted)
  const { says } = limit
  if (says !== undefined) never('nothing said', ({ said }) => !says.test(said))
  never('not back by itself', ({ wellAfter }) => wellAfter === null)
  return found
}
