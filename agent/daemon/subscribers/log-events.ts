import type { Level } from '../../diagnostics/log.ts'
import type { WatchEvent } from '../../watch/watch-event.ts'
import { isBroken } from '../../watch/watch-state.ts'
import type { DaemonContext } from '../context.ts'
import type { DaemonEvent } from '../event.ts'
import type { Part } from '../part.ts'
import { logRun } from './log-run.ts'

/** The daemon's log of what happens in it. */
export function logEvents({ events, log }: Pick<DaemonContext, 'events' | 'log'>): Part {
  return { stop: events.subscribe(logEvent) }

  function logEvent(event: DaemonEvent): void {
    switch (event.type) {
      case 'run-ended':
        return logRun(event.report, event.cause, log)
      case 'run-broke-off':
        return log('error', 'run broke off', { cause: event.cause, error: event.error })
      case 'drift-seen':
        return log('notice', 'files changed by another hand', {
          files: event.files,
          pause_s: event.pause / 1000,
        })
      case 'firewall-drift-seen':
        return log('notice', 'firewall changed by another hand', { pause_s: event.pause / 1000 })
      case 'watch': {
        const { type, ...data } = event.event
        return log(levelOf(event.event), `watch: ${type}`, data)
      }
      case 'warning-began': {
        const { source, warning } = event
        const { severity, code, text } = warning
        return log(severity, 'warning', { code, source, warning: text })
      }
      case 'warning-ended': {
        const { source, warning } = event
        return log('info', 'warning is over', { code: warning.code, source, warning: warning.text })
      }
      case 'config-reloaded': {
        const { schedule, onDrift } = event.config
        return log('info', 'agent.yml read again', { schedule, on_drift: onDrift })
      }
      case 'config-refused':
        return log('error', 'agent.yml is wrong; what was read before stays in force', {
          error: event.error,
        })
      default:
    }
  }
}

function levelOf(event: WatchEvent): Level {
  if (event.type === 'failover') return 'warning'
  if (event.type === 'restart') return event.error === null ? 'warning' : 'error'
  if (event.type === 'verdict') return isBroken(event.to) ? 'warning' : 'info'
  return 'notice'
}
