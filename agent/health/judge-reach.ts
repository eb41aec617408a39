import type { Finding } from './finding.ts'
import type { Reach } from './health.ts'
import type { Touched } from './touched.ts'

/**
 * Whom this node reached before, it must still reach. A remote that is away for a while may come back, so
 * it has until the deadline.
 * @param now null while the first attempt since the change runs
 */
export function judgeReach(
  before: Reach | null,
  now: Reach | null,
  touched: Touched,
): readonly Finding[] {
  if (before === null) return []
  const level = touched.network ? 'wait' : 'warning'
  const lost: Finding[] = []
  if (before.remote === true && now?.remote !== true) {
    const sentence = 'the Git remote can no longer be reached from this node'
    lost.push({ level, code: 'remote-lost', sentence })
  }
  const reached = new Set(now?.peers.filter((peer) => peer.isReachable).map(({ name }) => name))
  for (const { name, isReachable } of before.peers) {
    if (isReachable !== true || reached.has(name)) continue
    lost.push({ level, code: 'peer-lost', sentence: `${name} no longer answers this node` })
  }
  return now === null ? lost.map((one) => ({ ...one, level: 'wait' })) : lost
}
