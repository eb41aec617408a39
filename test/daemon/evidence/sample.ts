import type { Evidence } from '../../../agent/peers/evidence.ts'
import type { WatchStatus } from '../../../agent/peers/watch-status.ts'
import type { EvidenceAccess, Profile } from '../../../agent/store/profile.ts'

export const key = 'a key that both hosts have'
export const addresses = { lb1: '192.0.2.11', lb2: '192.0.2.12' } as const
type Host = keyof typeof addresses

/** A load balancer of a pair. */
export function profileOf(self: Host, access: Partial<EvidenceAccess> = {}): Profile {
  const other = self === 'lb1' ? 'lb2' : 'lb1'
  return {
    self,
    scope: {
      haproxy: null,
      keepalived: null,
      remote: null,
      peers: [{ name: other, address: addresses[other], port: 22 }],
    },
    files: [],
    chains: [],
    evidence: { port: 9721, key, address: addresses[self], ...access },
  }
}

export const watch: WatchStatus = {
  haproxy: 'up',
  sentence: 'haproxy answers',
  since: Date.parse('2024-01-02T12:00:00Z'),
  isReady: true,
  instances: [{ name: 'VI_1', state: 'MASTER', effectivePriority: 254 }],
  vips: ['192.0.2.101'],
  holds: [{ file: 'drain', owner: 'operator', reason: 'why', since: '2024-01-02T12:00:00.000Z' }],
}

export function evidenceOf(host: string): Evidence {
  const { since: _, ...rest } = watch
  return {
    version: 1,
    host,
    applied: { commit: 'a'.repeat(40), age: 5 },
    attempted: { commit: 'b'.repeat(40), outcome: 'failed', age: 4 },
    phase: 'applying',
    watch: { ...rest, age: 3 },
    disabled: { reason: 'switch', who: 'alice', until: null },
    quarantine: ['c'.repeat(40)],
  }
}
