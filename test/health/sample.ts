import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type {
  BackendHealth,
  HaproxyHealth,
  Health,
  InstanceHealth,
  KeepalivedHealth,
  ServerHealth,
} from '../../agent/health/health.ts'
import { judgeHealth } from '../../agent/health/judge-health.ts'
import type { Judgement } from '../../agent/health/judge-health.ts'
import { advanceReference } from '../../agent/health/reference.ts'
import type { Touched } from '../../agent/health/touched.ts'

/** What a daemon of a lab's node said. */
export function readSample(name: string): string {
  return readFileSync(join(import.meta.dirname, 'samples', name), 'utf8')
}

/** A server that is up and checked. */
export function server(name: string, given: Partial<ServerHealth> = {}): ServerHealth {
  return {
    name,
    status: 'UP',
    check: 'passed',
    lastCheck: 'L4OK',
    failures: 0,
    freshAfter: 2_500,
    isForced: false,
    ...given,
  }
}

/** A server that haproxy has taken out. */
export function deadServer(name: string): ServerHealth {
  return server(name, { status: 'DOWN', check: 'failed', lastCheck: 'L4CON', failures: 4 })
}

export function backend(name: string, ...servers: readonly ServerHealth[]): BackendHealth {
  return { name, servers }
}

/** A healthy haproxy. */
export function haproxy(given: Partial<HaproxyHealth> = {}): HaproxyHealth {
  return {
    unit: 'running',
    pid: 100,
    fingerprint: { onDisk: 'aa', running: 'aa', isAnswering: true },
    connections: { current: 1, limit: 100 },
    binds: [{ name: '*:80', isListening: true }],
    backends: [backend('web', server('web1'), server('web2'))],
    checkTime: 6_000,
    ...given,
  }
}

/** A BACKUP of VRID 51 with one VIP, 192.0.2.101. */
export function instance(given: Partial<InstanceHealth> = {}): InstanceHealth {
  return {
    name: 'VI_1',
    state: 'BACKUP',
    virtualRouterId: 51,
    basePriority: 251,
    effectivePriority: 251,
    vips: ['192.0.2.101'],
    advertInterval: 1_000,
    advertsReceived: 10,
    advertsRefused: 0,
    timesMaster: 0,
    resignationsHeard: 0,
    watched: { received: 2, refused: 0 },
    ...given,
  }
}

/** A keepalived that runs what its file says. */
export function keepalived(
  one: InstanceHealth,
  given: Partial<KeepalivedHealth> = {},
): KeepalivedHealth {
  const { name, virtualRouterId, basePriority: priority, vips, state } = one
  return {
    unit: 'running',
    wanted: [{ name, virtualRouterId, priority, vips }],
    instances: [one],
    addresses: ['192.0.2.11', ...(state === 'MASTER' ? vips : [])],
    heldBack: null,
    elsewhere: null,
    ...given,
  }
}

/** A node on which nothing is asked for, with what a case adds. */
export function health(given: Partial<Health> = {}): Health {
  return { at: 0, haproxy: null, keepalived: null, reach: null, traffic: null, ...given }
}

export const everything: Touched = { haproxy: true, keepalived: true, network: true }
export const nothing: Touched = { haproxy: false, keepalived: false, network: false }

/** What a case looks at: defaults are a change of everything, and a look 10 s after the first one. */
export interface Case {
  readonly before: Health
  /** The first look after the change. Default: now. */
  readonly first?: Health
  readonly now: Health
  readonly touched?: Touched
  readonly elapsed?: number
}

export function judge({ before, first, now, touched, elapsed = 10_000 }: Case): Judgement {
  const since = { ...now, at: elapsed }
  const early = advanceReference([], { ...(first ?? now), at: 0 })
  const reference = advanceReference(early, since)
  return judgeHealth({ baseline: before, reference, now: since }, touched ?? everything, elapsed)
}
