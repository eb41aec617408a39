import { isSameAddress } from '../programs/address.ts'
import { failLater } from './finding.ts'
import type { Finding } from './finding.ts'
import type { KeepalivedHealth, WantedInstance } from './health.ts'
import { isFirst, isOver } from './judge-haproxy.ts'
import { judgeInstance } from './judge-instance.ts'
import type { KeepalivedViews } from './judge-instance.ts'
import type { Touched } from './touched.ts'

/** Judges keepalived on this node against what it was before the change. */
export function judgeKeepalived(
  views: KeepalivedViews,
  touched: Touched,
  elapsed: number,
): readonly Finding[] {
  const { before, now } = views
  if (now.unit !== 'running') return [judgeDown(before, now, elapsed)]
  if (now.instances === null) return [judgeSilence(before, elapsed)]
  return [
    ...judgeDifference(before, now, touched, elapsed),
    ...now.instances.flatMap((instance) => judgeInstance(instance, views, touched, elapsed)),
  ]
}

function judgeDown(
  before: KeepalivedHealth | null,
  now: KeepalivedHealth,
  elapsed: number,
): Finding {
  const sentence = `keepalived does not run (its unit is ${now.unit})`
  const code = 'keepalived-down'
  const mustRun = isFirst(before?.unit) || before?.unit === 'running'
  if (!mustRun) return { level: 'warning', code, sentence: `${sentence}, as before` }
  if (isOver(now.unit)) return { level: 'fail', code, sentence }
  return failLater(code, sentence, elapsed)
}

function judgeSilence(before: KeepalivedHealth | null, elapsed: number): Finding {
  const code = 'keepalived-silent'
  const sentence = 'keepalived runs, but does not tell its state'
  if (before !== null && before.instances !== null) return failLater(code, sentence, elapsed)
  const isLate = failLater(code, sentence, elapsed).level === 'fail'
  return { level: isLate ? 'warning' : 'hold', code, sentence }
}

function judgeDifference(
  before: KeepalivedHealth | null,
  now: KeepalivedHealth,
  touched: Touched,
  elapsed: number,
): readonly Finding[] {
  const code = 'keepalived-config-not-loaded'
  const earlier = new Set(before === null ? [] : differences(before))
  return differences(now).map((difference) => {
    const sentence = `keepalived does not run what its file says: ${difference}`
    return !touched.keepalived && earlier.has(difference)
      ? { level: 'warning', code, sentence: `${sentence}, as before` }
      : failLater(code, sentence, elapsed)
  })
}

/** What the running instances lack of the file. */
function differences({ wanted, instances }: KeepalivedHealth): readonly string[] {
  if (wanted === null || instances === null) return []
  return wanted.flatMap((want) => {
    const { name } = want
    const runs = instances.find((instance) => instance.name === name)
    if (runs === undefined) return [`${name} is missing`]
    const id = want.virtualRouterId
    const { priority } = want
    return [
      ...(id === null || id === runs.virtualRouterId
        ? []
        : [`${name} has virtual_router_id ${runs.virtualRouterId} instead of ${id}`]),
      ...(priority === null || priority === runs.basePriority
        ? []
        : [`${name} has priority ${runs.basePriority} instead of ${priority}`]),
      ...(hasSame(want, runs.vips)
        ? []
        : [`${name} has ${list(runs.vips)} instead of ${list(want.vips)}`]),
    ]
  })
}

function hasSame({ vips }: WantedInstance, running: readonly string[]): boolean {
  const isIn = (address: string, others: readonly string[]): boolean =>
    others.some((other) => isSameAddress(address, other))
  return vips.every((vip) => isIn(vip, running)) && running.every((vip) => isIn(vip, vips))
}

function list(addresses: readonly string[]): string {
  return addresses.join(', ') || 'no VIP'
}
