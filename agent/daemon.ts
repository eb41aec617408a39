import { readJournal } from './apply/journal.ts'
import { loadConfig } from './config.ts'
import type { AgentConfig } from './config.ts'
import { serveControl } from './control/control-server.ts'
import type { DaemonStatus } from './control/daemon-status.ts'
import { askForStatus } from './control/ask-daemon.ts'
import { controlSocket, protocol } from './control/message.ts'
import { toRequest } from './control/run-asked.ts'
import type { RunAsked } from './control/run-asked.ts'
import type { Node, Request, RunEnd } from './converge.ts'
import { createEvidenceSource } from './evidence/evidence-source.ts'
import { startEvidence } from './evidence/start-evidence.ts'
import { LocalError, messageOf } from './errors.ts'
import { parseCron } from './loop/cron.ts'
import { driftOf } from './loop/drift-seen.ts'
import type { DriftSeen } from './loop/drift-seen.ts'
import { enforce, wholeRun } from './loop/enforce.ts'
import { createFileEye } from './loop/file-eye.ts'
import { logReport } from './loop/log-report.ts'
import { createLoop } from './loop/loop.ts'
import type { Waiting } from './loop/queue.ts'
import { startSchedule } from './loop/schedule.ts'
import type { Schedule } from './loop/schedule.ts'
import { splayOffset } from './loop/splay.ts'
import { touchedBy } from './loop/touched-by.ts'
import { startNotifier } from './notify/notifier.ts'
import { loadProfile } from './profile.ts'
import type { Profile } from './profile.ts'
import type { Log } from './report/log.ts'
import type { Listener, Phase, Report } from './report/report.ts'
import { loadState } from './report/state.ts'
import type { Runner } from './runner/runner.ts'
import type { ServiceManager } from './system/service-manager.ts'
import { startDaemonWatch } from './watch/daemon-watch.ts'

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

/** A run that somebody waits for. */
interface Order {
  readonly request: Request
  readonly on: Listener
  readonly resolve: (report: Report) => void
  readonly reject: (error: unknown) => void
}

/** Milliseconds. The watch decides by what peers prove, so that it must not be old. */
const evidenceInterval = 1_000

/**
 * Milliseconds from the start to the first run: whoever has started the daemon may want to see the first run
 * as their own (`evenkeel converge`), and what crashes at once must not do so in a circle.
 */
const startDelay = 5_000

/** Milliseconds until a run that another one kept out is tried again: the run of a daemon that died, a person's. */
const lockedPause = 2_000

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
  let schedule: Schedule = makeSchedule(config, profile)
  let warnings: readonly string[] = []
  let lastDrift: DriftSeen | null = null
  let runSince = since
  let phase: Phase | null = null
  let hasLostRun = false
  let retry: NodeJS.Timeout | undefined

  const eye = createFileEye({
    onDrift(files) {
      log('notice', 'files changed by another hand', { files })
      loop.wake({ cause: 'drift' })
    },
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
      phase,
      watch: watch.status(),
    })),
    log,
    interval: evidenceInterval,
  })
  const loop = createLoop<Order>({ execute, refuse: ({ reject }, error) => reject(error) })
  await eye.setFiles(profile?.files ?? [])
  const stopServing = await serveControl(socket, {
    hello: { protocol, version, pid: process.pid },
    run: ask,
    status,
  })
  const stopWatchdog = manager.startWatchdog()
  const first = setTimeout(
    () => loop.wake({ cause: 'schedule' }),
    (await isUnfinished()) ? 0 : (parts.startDelay ?? startDelay),
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
        const fresh = makeSchedule(next, profile)
        schedule.stop()
        schedule = fresh
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
      clearTimeout(retry)
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

  function makeSchedule(
    { schedule: expression, splay }: AgentConfig,
    known: Profile | null,
  ): Schedule {
    const cron = parseCron(expression)
    const peers = known?.scope.peers.map(({ name }) => name) ?? []
    const self = known?.self ?? config.node ?? ''
    const offset = splayOffset(self, peers, Math.min(splay * 1000, cron.gap))
    return startSchedule(cron, offset, () => loop.wake({ cause: 'schedule' }))
  }

  function ask(asked: RunAsked, on: Listener): Promise<Report> {
    const request = toRequest(asked)
    const inHand = loop.inHand()
    if (inHand !== null)
      on({
        type: 'step',
        message: `waiting for the run in hand (${inHand.cause}, since ${runSince})`,
      })
    return new Promise((resolve, reject) => {
      loop.wake({ cause: 'person', order: { request, on, resolve, reject } })
    })
  }

  /** One run, from the wake to what is to be said of it. */
  async function execute(wake: Waiting<Order>): Promise<void> {
    runSince = new Date(system.now()).toISOString()
    let end: RunEnd | null = null
    try {
      await eye.runBegins()
      const applied = await appliedCommit()
      const isOrder = wake.cause === 'person'
      end = isOrder
        ? await runner.run(wake.order.request, listen(wake.order.on))
        : await enforce(
            {
              cause: wake.cause,
              onDrift: config.onDrift,
              applied,
              isUnfinished: await isUnfinished(),
            },
            (request) => runner.run({ ...request, lastConfig: config }, listen(ignore)),
          )
      const { report } = end
      const cause = isOrder ? wake.order.request.cause : wake.cause
      logReport(report, cause, warnings, log)
      notifier.tell({ type: 'run', report, cause })
      warnings = report.warnings
      lastDrift = driftOf(report, applied) ?? lastDrift
      const isLost = runner.pid() === null
      // What it left half done must not wait for the schedule; but a circle of losses must.
      if (isLost && !hasLostRun) loop.wake({ cause: 'schedule' })
      if (end.isLocked === true && !isOrder) {
        clearTimeout(retry)
        retry = setTimeout(() => loop.wake({ cause: wake.cause }), lockedPause)
      }
      hasLostRun = isLost
    } catch (error) {
      log('error', 'run broke off', { cause: wake.cause, error: messageOf(error) })
      if (wake.cause === 'person') wake.order.reject(error)
    }
    phase = null
    watch.phase(null)
    await eye.runEnds({ isOurs: end && touchedBy(end.report), isForDrift: wake.cause === 'drift' })
    if (end?.profile) await learn(end.profile)
    // Not before: what is changed from now on by whoever hears of it is another hand's doing
    if (end !== null && wake.cause === 'person') wake.order.resolve(end.report)
    await manager.tell(null, sentence(end?.report))
  }

  function listen(on: Listener): Listener {
    return (event) => {
      if (event.type === 'phase') {
        phase = event.phase
        watch.phase(phase)
      }
      on(event)
    }
  }

  async function learn(next: Profile): Promise<void> {
    const peersOf = (known: Profile | null): string =>
      JSON.stringify([known?.self, known?.scope.peers.map(({ name }) => name)])
    const hasMoved = peersOf(next) !== peersOf(profile)
    profile = next
    watch.update(next)
    evidence.update(next)
    await eye.setFiles(next.files)
    if (hasMoved) {
      schedule.stop()
      schedule = makeSchedule(config, next)
    }
  }

  /** A journal that can't be read is for the run to say. */
  async function isUnfinished(): Promise<boolean> {
    return readJournal(paths, system).then(
      (journal) => journal !== null,
      () => true,
    )
  }

  async function appliedCommit(): Promise<string | null> {
    // A damaged state.json is told by the run itself.
    const state = await loadState(paths, system).catch(() => null)
    return state?.applied?.commit ?? null
  }

  function status(): DaemonStatus {
    const inHand = loop.inHand()
    const cause = inHand?.cause === 'person' ? inHand.order.request.cause : inHand?.cause
    return {
      version,
      pid: process.pid,
      since,
      nextRun: new Date(schedule.next()).toISOString(),
      onDrift: config.onDrift,
      inHand: cause === undefined ? null : { cause, since: runSince, phase },
      waiting: loop.waiting().length,
      lastDrift,
      watch: watch.status(),
      peers: profile?.evidence ? evidence.peers() : null,
      unheard: evidence.problem(),
    }
  }

  /** What `systemctl status` shows. */
  function sentence(report?: Report): string {
    const next = `next run at ${new Date(schedule.next()).toISOString().slice(11, 19)} UTC`
    return report === undefined ? next : `${report.message.split('\n')[0]} (${next})`
  }
}

function ignore(): void {}
