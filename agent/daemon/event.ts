import type { AgentConfig } from '../config/config.ts'
import type { Warning } from '../diagnostics/warning.ts'
import type { Cause, Phase, Report } from '../report/report.ts'
import type { WatchEvent } from '../watch/watch-event.ts'

/**
 * What happens in the daemon, for whoever follows it: log, history, notifications. A new subscriber is a part
 * of its own, and a line in daemon.ts.
 */
export type DaemonEvent =
  | { readonly type: 'run-began'; readonly cause: Cause }
  /** null: the run changes nothing any more. */
  | { readonly type: 'run-phase'; readonly phase: Phase | null }
  /** All parts go by what it has found out. */
  | { readonly type: 'run-ended'; readonly cause: Cause; readonly report: Report }
  /** It has no report, through a fault of the daemon. */
  | { readonly type: 'run-broke-off'; readonly cause: Cause; readonly error: string }
  /** Files were changed by anything but a run. `pause`: milliseconds until they are looked into. */
  | { readonly type: 'drift-seen'; readonly files: readonly string[]; readonly pause: number }
  /** So was the firewall. */
  | { readonly type: 'firewall-drift-seen'; readonly pause: number }
  | { readonly type: 'watch'; readonly event: WatchEvent }
  | { readonly type: 'warning-began'; readonly source: WarningSource; readonly warning: Warning }
  | { readonly type: 'warning-ended'; readonly source: WarningSource; readonly warning: Warning }
  /** agent.yml was read again. */
  | { readonly type: 'config-reloaded'; readonly config: AgentConfig }
  /** It is wrong: what was read before stays in force. */
  | { readonly type: 'config-refused'; readonly error: string }

/** Who has found what a warning says: a source's warnings are known all at once. */
export type WarningSource = 'run' | 'watch' | 'evidence' | 'files' | 'firewall' | 'config'
