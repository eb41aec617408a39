import { isUnfinished } from '../apply/journal.ts'
import { loadConfig } from '../config/config.ts'
import type { Node } from '../converge/run.ts'
import type { Log } from '../diagnostics/log.ts'
import type { Listener, Report } from '../report/report.ts'
import { loadProfile } from '../store/profile.ts'
import type { Profile } from '../store/profile.ts'
import { LocalError, messageOf } from '../system/errors.ts'
import type { ServiceManager } from '../system/service-manager.ts'
import { askForStatus } from './control/ask-daemon.ts'
import { composeStatus } from './control/compose-status.ts'
import { serveControl } from './control/control-server.ts'
import { controlSocket, protocol } from './control/message.ts'
import { toRequest } from './control/run-asked.ts'
import type { RunAsked } from './control/run-asked.ts'
import { startDaemonWatch } from './daemon-watch.ts'
import { createEvidenceSource } from './evidence/evidence-source.ts'
import { startEvidence } from './evidence/start-evidence.ts'
import { wholeRun } from './loop/enforce.ts'
import { createFileEye } from './loop/file-eye.ts'
import { createLoop } from './loop/loop.ts'
import { startNodeSchedule } from './loop/node-schedule.ts'
import { createRunInHand } from './loop/run-in-hand.ts'
import type { Order } from './loop/run-in-hand.ts'
import { startNotifier } from './notify/notifier.ts'
import type { Runner } from './runner/runner.ts'

/** What the daemon is made of. */
export interface DaemonParts {
  readonly node: Node
  readonly runner: Runner
  readonly log: Log
  readonly manager: ServiceManager
  readonly version: string
  /** Milliseconds from the start to the first run. Default: 5 s, unless a change was cut short. */
  readonly startDelay?: number
}

/** What can be asked of a running daemon, which signals do. */
export interface Daemon {
  /** A run at once. */
  runNow(): void
  /** Reads agent.yml again. */
  reload(): Promise<void>
  /** No new runs; resolves when the run in hand has come to its end. */
  stop(): Promise<void>
}

/** Milliseconds. The watch decides by what peers prove, so that it must not be old. */
const evidenceInterval = 1_000

/**
 * Milliseconds from the start to the first run: whoever has started the daemon may want to see the first run
 * as their own (`evenkeel converge`), and what crashes at once must not do so in a circle.
 */
const startDelay = 5_000

/**
 * The running agent: what wakes it, its one run at a time, and what goes on beside that.
 * @throws UsageError when agent.yml is wrong
 * @throws LocalError when another daemon runs, or the control socket can't be made
 */
export async function startDaemon(parts: DaemonParts): Promise<Daemon> {
  const { node, runner, log, manager, version } = parts
  const { paths, system } = node
  const since = new Date(system.now()).toISOString()
  const socket = controlSocket(paths)
  const other = await askForStatus(socket)
  if (other !== null) throw new LocalError(`a daemon runs already (pid ${other.pid})`)

  let config = await loadConfig(paths.config, system)
  let profile = await loadProfile(paths, system)
  const schedule = startNodeSchedule(config, profile, () => loop.wake({ cause: 'schedule' }))
  const eye = createFileEye({
    onSeen: (files, pause) =>
      log('notice', 'files changed by another hand', { files, pause_s: pause / 1000 }),
    onDrift: () => loop.wake({ cause: run.hasten() ? 'schedule' : 'drift' }),
    onError: (error) =>
      log('warning', 'files are not watched; the schedule goes on', { error: String(error) }),
  })
  const notifier = await startNotifier({
    config: config.notify,
    paths,
    system,
    host: () => profile?.self ?? config.node ?? null,
    log,
  })
  const watch = startDaemonWatch({
    profile,
    config,
    peers: () => evidence.peers(),
    paths,
    system,
    log,
    on: (event) => notifier.tell({ type: 'watch', event }),
  })
  const evidence = startEvidence({
    profile,
    compose: createEvidenceSource(paths, system, () => ({
      host: profile?.self ?? '',
      phase: run.phase(),
      watch: watch.status(),
    })),
    log,
    interval: evidenceInterval,
  })
  const run = createRunInHand({
    node,
    runner,
    eye,
    config: () => config,
    log,
    wake: (cause) => loop.wake({ cause }),
    onPhase: (phase) => watch.phase(phase),
    onReport: (report, cause) => notifier.tell({ type: 'run', report, cause }),
    onProfile: learn,
    onEnd: (report) => manager.tell(null, sentence(report)),
  })
  const loop = createLoop<Order>({
    execute: (wake) => run.execute(wake),
    refuse: ({ reject }, error) => reject(error),
  })
  await eye.setFiles(profile?.files ?? [])
  const stopServing = await serveControl(socket, {
    hello: { protocol, version, pid: process.pid },
    run: ask,
    status: () =>
      composeStatus({ version, since, config, profile, schedule, loop, run, watch, evidence }),
  })
  const stopWatchdog = manager.startWatchdog()
  const first = setTimeout(
    () => loop.wake({ cause: 'schedule' }),
    (await isUnfinished(paths, system)) ? 0 : (parts.startDelay ?? startDelay),
  )
  log('info', 'daemon started', {
    version,
    pid: process.pid,
    schedule: config.schedule,
    on_drift: config.onDrift,
  })
  await manager.tell('READY=1', sentence())

  return {
    runNow() {
      log('info', 'run asked for by a signal')
      const request = wholeRun('converge', 'person')
      const order = { request, on: ignore, resolve: ignore, reject: ignore }
      loop.wake({ cause: 'person', order })
    },
    async reload() {
      await manager.tell('RELOADING=1', null)
      try {
        const next = await loadConfig(paths.config, system)
        schedule.configure(next)
        config = next
        watch.configure(next)
        notifier.update(next.notify)
        log('info', 'agent.yml read again', { schedule: config.schedule, on_drift: config.onDrift })
      } catch (error) {
        log('error', 'agent.yml is wrong; what was read before stays in force', {
          error: messageOf(error),
        })
      }
      await manager.tell('READY=1', sentence())
    },
    async stop() {
      log('info', 'daemon stops', { in_hand: loop.inHand()?.cause ?? null })
      clearTimeout(first)
      schedule.stop()
      await manager.tell(
        'STOPPING=1',
        loop.inHand() === null ? 'stopping' : 'stopping once the run in hand is over',
      )
      await loop.stop()
      // the run in hand may have led to another one
      schedule.stop()
      run.stop()
      stopServing()
      await eye.stop()
      await evidence.stop()
      await notifier.stop()
      await runner.stop()
      watch.stop()
      stopWatchdog()
      log('info', 'daemon stopped')
    },
  }

  function ask(asked: RunAsked, on: Listener): Promise<Report> {
    const request = toRequest(asked)
    const inHand = loop.inHand()
    if (inHand !== null)
      on({
        type: 'step',
        message: `waiting for the run in hand (${inHand.cause}, since ${run.since()})`,
      })
    return new Promise((resolve, reject) => {
      loop.wake({ cause: 'person', order: { request, on, resolve, reject } })
    })
  }

  async function learn(next: Profile): Promise<void> {
    profile = next
    watch.update(next)
    evidence.update(next)
    await eye.setFiles(next.files)
    schedule.update(next)
  }

  /** What `systemctl status` shows. */
  function sentence(report?: Report): string {
    const next = `next run at ${new Date(schedule.next()).toISOString().slice(11, 19)} UTC`
    return report === undefined ? next : `${report.message.split('\n')[0]} (${next})`
  }
}

function ignore(): void {}
