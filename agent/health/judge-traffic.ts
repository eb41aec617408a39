import type { Finding } from './finding.ts'
import type { TrafficHealth } from './health.ts'
import type { Touched } from './touched.ts'
import { trafficKey } from './traffic-health.ts'

/**
 * What got through the rules of others before must still get through them. It is lost when the public has lost
 * it, or all clients that had it: somebody's ban of one address is nothing to go back for. What rules of our own
 * drop is what the commit asks for, and preflight has judged that.
 * @param before null: nobody looked
 */
export function judgeTraffic(
  before: readonly TrafficHealth[] | null,
  now: readonly TrafficHealth[] | null,
  touched: Touched,
): readonly Finding[] {
  if (before === null || now === null) return []
  const earlier = new Map(before.map((one) => [trafficKey(one), one]))
  const names = [...new Set(now.map(({ what }) => what))]
  return names.flatMap((name): readonly Finding[] => {
    const clients = now.filter(({ what }) => what === name)
    const open = clients.filter((one) => earlier.get(trafficKey(one))?.dropped === null)
    const lost = open.filter(({ dropped }) => dropped !== null && !dropped.isOwn)
    const [first] = lost
    if (first !== undefined && (first.client === null || lost.length === open.length)) {
      const level = first.dropped?.isConfirmed ? 'fail' : 'wait'
      const finding = toFinding(first, false)
      return [touched.network ? { ...finding, level, harms: first.isServed } : finding]
    }
    const [anybody] = clients
    if (anybody === undefined || anybody.client !== null || !anybody.isServed) return []
    const { dropped } = anybody
    const wasDropped = earlier.get(trafficKey(anybody))?.dropped ?? null
    return dropped === null || dropped.isOwn || wasDropped === null
      ? []
      : [toFinding(anybody, true)]
  })
}

function toFinding({ dropped }: TrafficHealth, wasBefore: boolean): Finding {
  const what = wasBefore ? `drops ${dropped?.what}, as before` : `now drops ${dropped?.what}`
  const sentence = `the firewall ${what}: by ${dropped?.by}, which is not Evenkeel's; let this through before it`
  return { level: 'warning', code: 'traffic-dropped', sentence }
}
