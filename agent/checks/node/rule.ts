import type { Code } from '../../diagnostics/code.ts'
import { haproxyDefaultsPath, haproxyFolder, haproxyUnit } from '../../programs/haproxy/paths.ts'
import type { Finding } from '../finding.ts'
import type { FutureHaproxy } from './future-haproxy.ts'
import type { NodeView } from './node-view.ts'
import type { Wanted } from './wanted.ts'

/**
 * One thing that the validators of haproxy, keepalived and rsyslog don't see, since it is not in a file
 * but on the node. Pure: it says what it must know, and judges what was found.
 */
export interface NodeRule {
  readonly id: Code
  /**
   * What starts with one of these decides over it. While this run changes none of it, an error can't be
   * the commit's doing: it is shown as a warning, so that other drift is still repaired.
   */
  readonly concerns: readonly string[]
  /** Paths that it asks about. */
  paths?(wanted: Wanted, haproxy: FutureHaproxy): readonly string[]
  check(wanted: Wanted, node: NodeView): readonly Finding[]
}

/** All that decides whether haproxy can start, and how. */
export const haproxyConcerns = [
  `${haproxyFolder}/`,
  haproxyDefaultsPath,
  `/etc/systemd/system/${haproxyUnit}`,
  '/etc/sysctl.d/',
] as const

export const keepalivedConcerns = ['/etc/keepalived/', '/usr/local/libexec/evenkeel/'] as const

export const rsyslogConcerns = ['/etc/rsyslog.', '/etc/sysctl.d/'] as const
