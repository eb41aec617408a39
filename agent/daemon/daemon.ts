import { isUnfinished } from '../apply/journal.ts'
import { loadConfig } from '../config/config.ts'
import type { AgentConfig } from '../config/config.ts'
import { parseCron } from '../config/cron.ts'
import { wholeRun } from '../converge/request.ts'
import type { Node } from '../converge/run.ts'
import { createEmitter } from '../diagnostics/emitter.ts'
import type { Log } from '../diagnostics/log.ts'
import { warn } from '../diagnostics/warning.ts'
import { loadProfile } from '../store/profile.ts'
import { LocalError, messageOf } from '../system/errors.ts'
import type { ServiceManager } from '../system/service-manager.ts'
import { collectWarnings } from './active-warnings.ts'
import type { DaemonContext, StartPart } from './context.ts'
import { askForStatus } from './control/ask-daemon.ts'
import { serveControl } from './control/control-server.ts'
import { controlSocket, protocol } from './control/message.ts'
import type { DaemonEvent } from './event.ts'
import { createEvidenceSource } from './evidence/evidence-source.ts'
import { startEvidence } from './evidence/start-evidence.ts'
import { startFileWatcher } from './loop/file-watcher.ts'
import { startFirewallWatcher } from './loop/firewall-watcher.ts'
import { startNodeSchedule } from './loop/node-schedule.ts'
import { createRuns } from './loop/runs.ts'
import { startNotifier } from './notify/notifier.ts'
import { composeStatus, stopAll, updateAll } from './part.ts'
import type { Part } from './part.ts'
import type { Runner } from './runner/runner.ts'
import { reportToSystemd } from './service-status.ts'
import { keepHistory } from './subscribers/keep-history.ts'
import { logEvents } from './subscribers/log-events.ts'
import { startWatchPart } from './watch-part.ts'

/** What the daemon is made of. */
export interface DaemonOptions {
  readonly node: Node
  /** Called once nothing can keep the daemon from starting any more: it forks a process. */
  readonly startRunner: () => Runner
  readonly log: Log
  readonly manager: ServiceManager
  readonly version: string
  /** Milliseconds from the start to the first run. Default: 5 s, unless a change was cut short. */
  readonly startDelay?: number
  /** Further subscribers. Default: none. */
  readonly more?: readonly StartPart[]
}

/** What can be asked of a running daemon, which signals do. */
export interface Daemon {
  /** A run at once. */
  runNow(): void
  /** Reads agent.yml again. */
  reload(): Promise<void>
  /** No new runs; resolves when the current one has come to its end. */
  stop(): Promise<void>
}

/** Milliseconds. The watch decides by what peers prove, so that it must not be old. */
const evidenceInterval = 1_000

/**
 * Milliseconds from the start to the first run: who has started the daemon may want to see the first run
 * as their own (`evenkeel converge`), and what crashes at once must not do so in a circle.
 */
const startDelay = 5_000

/**
 * The running agent: what wakes it, its one run at a time, and what goes on beside that.
 * @throws UsageError when agent.yml is wrong
 * @throws LocalError when another daemon runs, or the control socket can't be made
 */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const { node, log, manager, version, more = [] } = options
  const { paths, system } = node
  const since = new Date(system.now()).toISOString()
  const socket = controlSocket(paths)
  const other = await askForStatus(socket)
  if (other !== null) throw new LocalError(`a daemon runs already (pid ${other.pid})`)

  const events = createEmitter<DaemonEvent>(onFault)
  const warnings = collectWarnings(events)
  const config = await readConfig(node)
  const profile = await loadProfile(paths, system)
  const context: DaemonContext = { node, log, events, warnings, config, profile }
  const first = (await isUnfinished(paths, system)) ? 0 : (options.startDelay ?? startDelay)

  // Each begins here, those that others need first
  const control = await serveControl(socket, {
    hello: { protocol, version, pid: process.pid },
    run: (request, on) => runs.ask(request, on),
    status: () => composeStatus(parts, { version, pid: process.pid, since }),
  })
  const watchdog = { stop: manager.startWatchdog() }
  const subscribers = [logEvents, keepHistory, ...more].map((start) => start(context))
  const watch = startWatchPart(context, () => evidence.peers())
  const notifier = startNotifier(context)
  const evidence = startEvidence({
    profile,
    warnings,
    compose: createEvidenceSource(paths, system, () => ({
      phase: runs.phase(),
      watch: watch.view(),
    })),
    interval: evidenceInterval,
  })
  const files = startFileWatcher(context, () => runs.repair())
  const firewall = startFirewallWatcher(context, () => runs.repair())
  const runner = options.startRunner()
  const runs = createRuns(context, {
    runner,
    files,
    learn: (found) => updateAll(parts, found, onFault),
  })
  const schedule = startNodeSchedule({ config, profile, first }, () => runs.wake())
  const service = reportToSystemd(context, manager, () => schedule.next())

  /** In the order of their start; they are stopped from the last to the first. */
  const parts: readonly Part[] = [
    control,
    watchdog,
    ...subscribers,
    warnings,
    watch,
    notifier,
    runner,
    evidence,
    files,
    firewall,
    runs,
    schedule,
    service,
  ]
  log('info', 'daemon started', {
    version,
    pid: process.pid,
    schedule: config.schedule,
    on_drift: config.onDrift,
  })
  await service.ready()

  return {
    runNow() {
      log('info', 'run asked for by a signal')
      runs.ask(wholeRun('converge', 'person'), () => {}).catch(() => {})
    },
    async reload() {
      await service.reloading()
      try {
        const next = await readConfig(node)
        for (const part of parts) part.configure?.(next)
        warnings.set('config', [])
        events.emit({ type: 'config-reloaded', config: next })
      } catch (error) {
        const sentence = messageOf(error)
        warnings.set('config', [warn('config-wrong', sentence)])
        events.emit({ type: 'config-refused', error: sentence })
        await service.ready(`${sentence}; what was read before stays in force`)
        return
      }
      await service.ready()
    },
    async stop() {
      log('info', 'daemon stops', { in_hand: runs.cause() })
      await stopAll(parts, onFault)
      log('info', 'daemon stopped')
    },
  }

  function onFault(error: unknown): void {
    log('error', 'a part of the daemon has failed', { error: messageOf(error) })
  }
}

/** @throws UsageError when it is wrong, its schedule included */
async function readConfig({ paths, system }: Node): Promise<AgentConfig> {
  const config = await loadConfig(paths.config, system)
  parseCron(config.schedule).end()
  return config
}
