import { parseConfig } from '../../agent/config/config.ts'
import { collectWarnings } from '../../agent/daemon/active-warnings.ts'
import type { DaemonContext } from '../../agent/daemon/context.ts'
import type { DaemonEvent } from '../../agent/daemon/event.ts'
import { createEmitter } from '../../agent/diagnostics/emitter.ts'
import { fakeSystem } from '../fake-system.ts'

/** What a part of the daemon is given: nothing is there yet, and nobody listens. */
export function contextOf(more: Partial<DaemonContext> = {}): DaemonContext {
  const events = createEmitter<DaemonEvent>((error) => {
    throw error
  })
  const paths = {
    config: '/c',
    state: '/state',
    run: '/run',
    vrrp: '/vrrp',
    builtInRoles: '/roles',
  }
  return {
    node: { paths, system: fakeSystem({}) },
    log: () => {},
    events,
    warnings: collectWarnings(events),
    config: parseConfig('repo: /srv/pair.git\n', 'agent.yml'),
    profile: null,
    ...more,
  }
}
