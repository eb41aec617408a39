import type { System } from '../system/system.ts'
import { observeHaproxy } from './haproxy-health.ts'
import type { GateScope, HealthScope } from './health-scope.ts'
import type { Health, InstanceHealth, KeepalivedHealth } from './health.ts'
import { observeKeepalived } from './keepalived-health.ts'
import { observeReach } from './reach.ts'
import { isNothing } from './touched.ts'
import type { Touched } from './touched.ts'
import { observeTraffic } from './traffic-health.ts'

/** What is true now. Takes some 50 ms, and up to 1.5 s when somebody can't be reached. */
export async function observeHealth(scope: HealthScope, system: System): Promise<Health> {
  const [local, reach] = await Promise.all([
    observeNode(scope, system),
    observeReach(scope, system),
  ])
  return { ...local, reach }
}

/** What is true on this node itself, which never takes long. */
export async function observeNode(scope: HealthScope, system: System): Promise<Health> {
  const [haproxy, keepalived] = await Promise.all([
    scope.haproxy && observeHaproxy(scope.haproxy, system),
    scope.keepalived && observeKeepalived(scope.keepalived, system),
  ])
  return { at: system.now(), haproxy, keepalived, reach: null, traffic: null }
}

/**
 * What is true before a change. Where the change could come between the nodes of a pair, it watches for
 * the time of two adverts, to know whether they arrive, and whether there are two masters already. Where it
 * touches nothing, nobody is called: whom the node reaches does not hang on it.
 */
export async function observeBaseline(
  scope: GateScope,
  touched: Touched,
  system: System,
): Promise<Health> {
  if (isNothing(touched)) return observeNode(scope, system)
  const traffic = scope.traffic ? await observeTraffic(scope.traffic, system) : null
  const before = { ...(await observeHealth(scope, system)), traffic }
  const instances = before.keepalived?.instances ?? []
  if (!(touched.keepalived || touched.network) || instances.length === 0) return before
  // A little more than two intervals: one of them may just have begun
  await system.sleep(2.2 * Math.max(...instances.map(({ advertInterval }) => advertInterval)))
  const now = await observeNode(scope, system)
  const { reach } = before
  return { ...before, ...now, reach, traffic, keepalived: watched(before, now.keepalived) }
}

function watched(before: Health, now: KeepalivedHealth | null): KeepalivedHealth | null {
  if (now === null || now.instances === null) return now
  const earlier = new Map(before.keepalived?.instances?.map((one) => [one.name, one]))
  return {
    ...now,
    instances: now.instances.map((instance): InstanceHealth => {
      const first = earlier.get(instance.name)
      if (first === undefined || first.state !== instance.state) return instance
      const received = instance.advertsReceived - first.advertsReceived
      const refused = instance.advertsRefused - first.advertsRefused
      return { ...instance, watched: { received, refused } }
    }),
  }
}
