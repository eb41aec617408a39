import type { Report } from '../report/report.ts'
import type { ServiceManager } from '../system/service-manager.ts'
import type { DaemonContext } from './context.ts'
import type { Part } from './part.ts'

/** What systemd is told of the daemon, and `systemctl status` shows. */
export interface ServiceStatus extends Part {
  /**
   * All parts have begun, or have read agent.yml again.
   * @param fault what is wrong with it. Default: nothing
   */
  ready(fault?: string): Promise<void>
  /** They are about to read it again. */
  reloading(): Promise<void>
}

/** @param nextRun milliseconds since the epoch */
export function reportToSystemd(
  { events }: Pick<DaemonContext, 'events'>,
  manager: Pick<ServiceManager, 'tell'>,
  nextRun: () => number,
): ServiceStatus {
  let isRunning = false
  const unsubscribe = events.subscribe((event) => {
    if (event.type === 'run-began') isRunning = true
    if (event.type !== 'run-ended' && event.type !== 'run-broke-off') return
    isRunning = false
    void manager.tell(null, sentence('report' in event ? event.report : null))
  })

  function sentence(report: Report | null): string {
    const next = `next run at ${new Date(nextRun()).toISOString().slice(11, 19)} UTC`
    return report === null ? next : `${report.message.split('\n')[0]} (${next})`
  }

  return {
    ready: (fault) => manager.tell('READY=1', fault ?? sentence(null)),
    reloading: () => manager.tell('RELOADING=1', null),
    async stop() {
      unsubscribe()
      const end = isRunning ? 'stopping once the run in hand is over' : 'stopping'
      await manager.tell('STOPPING=1', end)
    },
  }
}
