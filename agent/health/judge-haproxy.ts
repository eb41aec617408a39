import { failLater } from './finding.ts'
import type { Finding } from './finding.ts'
import type { HaproxyHealth, UnitState } from './health.ts'
import { judgeServers } from './judge-servers.ts'
import type { Touched } from './touched.ts'

/** Judges haproxy on this node against what it was before the change. */
export function judgeHaproxy(
  before: HaproxyHealth | null,
  now: HaproxyHealth,
  touched: Touched,
  elapsed: number,
): readonly Finding[] {
  if (now.pid === null) return [judgeSilence(before, now, elapsed)]
  return [
    ...judgeFingerprint(before, now, touched, elapsed),
    ...judgeBinds(before, now, touched, elapsed),
    ...judgeServers(before, now, touched, elapsed),
    ...judgeSaturation(before, now, touched),
  ]
}

/** Whether a unit had a life before us that could be worse afterwards. */
export function isFirst(state: UnitState | undefined): boolean {
  return state === undefined || state === 'absent' || state === 'stopped'
}

/** Nobody is about to start it. */
export function isOver(state: UnitState): boolean {
  return state === 'failed' || state === 'stopped' || state === 'absent'
}

function judgeSilence(before: HaproxyHealth | null, now: HaproxyHealth, elapsed: number): Finding {
  const sentence =
    now.unit === 'running'
      ? 'haproxy runs, but does not answer on its admin socket'
      : `haproxy does not run (its unit is ${now.unit})`
  const code = 'haproxy-down'
  const mustAnswer = isFirst(before?.unit) || (before !== null && before.pid !== null)
  if (!mustAnswer) return { level: 'warning', code, sentence: `${sentence}, as before` }
  if (isOver(now.unit)) return { level: 'fail', code, sentence, harms: true }
  return failLater(code, sentence, elapsed, true)
}

function judgeFingerprint(
  before: HaproxyHealth | null,
  now: HaproxyHealth,
  touched: Touched,
  elapsed: number,
): readonly Finding[] {
  const { onDisk, running } = now.fingerprint
  if (onDisk === null || onDisk === running) return []
  const sentence = `haproxy runs another configuration than the one on disk: its fingerprint is ${running ?? 'missing'}, haproxy.cfg has ${onDisk}`
  const code = 'haproxy-config-not-loaded'
  const wasWrong = before !== null && before.fingerprint.running !== before.fingerprint.onDisk
  return !touched.haproxy && wasWrong
    ? [{ level: 'warning', code, sentence: `${sentence}; it did before` }]
    : [failLater(code, sentence, elapsed)]
}

function judgeBinds(
  before: HaproxyHealth | null,
  now: HaproxyHealth,
  touched: Touched,
  elapsed: number,
): readonly Finding[] {
  const code = 'haproxy-bind-closed'
  const closedBefore = new Set(
    before?.binds.filter(({ isListening }) => !isListening).map(({ name }) => name),
  )
  return now.binds
    .filter(({ isListening }) => !isListening)
    .map(({ name }) => {
      const sentence = `haproxy does not listen on ${name}`
      return !touched.haproxy && closedBefore.has(name)
        ? { level: 'warning', code, sentence: `${sentence}, as before` }
        : failLater(code, sentence, elapsed, true)
    })
}

/** Its clients wait in the kernel's queue: a peer would drown in them, too, so only a lower limit counts. */
function judgeSaturation(
  before: HaproxyHealth | null,
  now: HaproxyHealth,
  touched: Touched,
): readonly Finding[] {
  const { connections } = now
  if (connections === null || connections.current < connections.limit) return []
  const code = 'haproxy-saturated'
  const { current, limit } = connections
  const sentence = `haproxy has reached its maxconn: ${current} of ${limit} connections`
  const earlier = before?.connections?.limit
  if (!touched.haproxy || earlier === undefined || earlier <= limit) {
    return [{ level: 'warning', code, sentence }]
  }
  return [{ level: 'wait', code, sentence: `${sentence}, which were ${earlier} before` }]
}
