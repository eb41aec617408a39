import { createHash } from 'node:crypto'
import type { Desired } from '../roles/resource.ts'
import type { Health, InstanceHealth, KeepalivedHealth } from './health.ts'

/** How a node was once a desired state had passed the gate. */
export interface GoodHealth {
  /** Of the desired state, whichever commit it came with: see {@link digestDesired}. */
  readonly digest: string
  readonly health: Pick<Health, 'haproxy' | 'keepalived'>
}

/** Tells one desired state from another: a commit that takes back an earlier one asks for the same again. */
export function digestDesired({ host, resources, handlers }: Desired): string {
  const hash = createHash('sha256').update(JSON.stringify(host))
  for (const { id, raw, effects } of [...resources, ...handlers]) {
    hash.update(JSON.stringify([id, raw]))
    for (const { path, content, mode } of effects.files) {
      hash.update(JSON.stringify([path, mode])).update(content ?? '')
    }
  }
  return hash.digest('hex')
}

/**
 * What a way back is compared with besides the state that it leaves: that one may be bad, in which case there is
 * nothing in it to be kept. Counters, and whom the node reaches, are of the moment in any case.
 */
export function asBaseline({ health }: GoodHealth, present: Health): Health {
  const { haproxy, keepalived } = health
  return {
    ...present,
    haproxy: haproxy && present.haproxy && { ...haproxy, pid: present.haproxy.pid },
    keepalived: keepalived && present.keepalived && withCounters(keepalived, present.keepalived),
  }
}

/** An instance that does not run at the moment is a new one: nothing is known of its counters. */
function withCounters(good: KeepalivedHealth, present: KeepalivedHealth): KeepalivedHealth {
  const instances = present.instances?.flatMap((now): readonly InstanceHealth[] => {
    const was = good.instances?.find(({ name }) => name === now.name)
    if (was === undefined) return []
    const { state, basePriority, effectivePriority, vips, virtualRouterId } = was
    const watched = state === now.state ? now.watched : null
    return [{ ...now, state, basePriority, effectivePriority, vips, virtualRouterId, watched }]
  })
  return { ...good, instances: instances ?? null }
}
