import { LocalError } from '../errors.ts'
import type { System } from '../system/system.ts'
import { awaitFingerprint, isOutdated, readWorker } from './fingerprint.ts'
import type { FingerprintState } from './fingerprint.ts'
import { lastLines } from './last-lines.ts'
import type { ServiceSpec } from './service-spec.ts'
import type { ServiceState } from './service-state.ts'
import type { ServiceStep } from './service-steps.ts'
import { endStrays } from './stray.ts'
import { isRunning, readUnit, showState } from './unit.ts'

/** 3 minutes: systemd itself gives a unit 90 s to stop and 90 s to start. */
const timeout = 180_000

/** @throws LocalError with the unit's last lines from the journal */
export async function applyStep(
  step: ServiceStep,
  spec: ServiceSpec,
  state: ServiceState,
  system: System,
): Promise<void> {
  const since = system.now()
  if (step === 'end-strays') {
    if (spec.exclusive !== null) await endStrays(spec.exclusive, spec.unit, system)
  } else if (step === 'daemon-reload') {
    await systemctl([step], spec, since, system)
  } else if (step === 'reload') {
    await reload(spec, state, since, system)
  } else {
    await systemctl([step, spec.unit], spec, since, system)
    if (step === 'start' || step === 'restart') await settle(spec, since, system)
  }
}

/**
 * Reloads, and waits until the process runs what is on disk. A process that does not answer, or has
 * reloaded and still runs something else (it was started with other arguments), is restarted to repair
 * drift. One whose reload failed keeps serving with the older configuration, and a restart would end
 * that: it is left alone, and the reload has failed.
 */
async function reload(
  spec: ServiceSpec,
  state: ServiceState,
  since: number,
  system: System,
): Promise<void> {
  const { fingerprint } = spec
  const worker = fingerprint && (await readWorker(fingerprint, system))
  await systemctl(['reload', spec.unit], spec, since, system)
  const seen = await waitUntilCurrent(spec, since, system)
  if (fingerprint === null || seen === null || !isOutdated(seen)) return
  const hasReloaded = (await readWorker(fingerprint, system)) !== worker
  if (spec.state === 'reloaded' || (seen.isAnswering && !hasReloaded)) {
    throw new LocalError(await explain(spec, describe(seen, hasReloaded), since, system))
  }
  await systemctl(['restart', spec.unit], spec, since, system)
  await settle(spec, since, system)
}

/** Proves that a unit that was just started stays up and runs what is on disk. */
async function settle(spec: ServiceSpec, since: number, system: System): Promise<void> {
  const seen = await waitUntilCurrent(spec, since, system)
  if (seen === null || !isOutdated(seen)) return
  throw new LocalError(await explain(spec, describe(seen, true), since, system))
}

/** null when there is no fingerprint to wait for. @throws LocalError when the unit went down */
async function waitUntilCurrent(
  spec: ServiceSpec,
  since: number,
  system: System,
): Promise<FingerprintState | null> {
  const unit = await readUnit(spec.unit, system)
  // A daemon that doesn't tell systemd when it is ready gets a moment to fail in
  if (!unit.type.startsWith('notify')) await system.sleep(200)
  await refuseDown(spec, since, system)
  if (spec.fingerprint === null) return null
  const seen = await awaitFingerprint(spec.fingerprint, system, async () => {
    const { active } = await readUnit(spec.unit, system)
    return active === 'inactive' || active === 'failed'
  })
  if (isOutdated(seen)) await refuseDown(spec, since, system)
  return seen
}

async function refuseDown(spec: ServiceSpec, since: number, system: System): Promise<void> {
  const unit = await readUnit(spec.unit, system)
  if (isRunning(unit)) return
  const what = `did not stay up, it is ${showState(unit) ?? 'gone'}`
  throw new LocalError(await explain(spec, what, since, system))
}

function describe(seen: FingerprintState, hasRead: boolean): string {
  if (!seen.isAnswering) return 'does not answer for 10 s'
  return hasRead
    ? 'runs another configuration than the one on disk; look at ExecStart'
    : 'could not load the configuration on disk, and still serves with the older one'
}

async function systemctl(
  words: readonly string[],
  spec: ServiceSpec,
  since: number,
  system: System,
): Promise<void> {
  const result = await system.run(['systemctl', ...words], { timeout })
  if (result.code === 0) return
  const what = result.timedOut
    ? `"systemctl ${words[0]}" took more than 3 minutes`
    : `"systemctl ${words[0]}" failed (${lastLines(result.stderr, 1)})`
  throw new LocalError(await explain(spec, what, since, system))
}

/** The failure, with what the unit logged since we began. */
async function explain(
  spec: ServiceSpec,
  what: string,
  since: number,
  system: Pick<System, 'run'>,
): Promise<string> {
  const from = `@${Math.floor(since / 1000)}`
  const argv = [
    'journalctl',
    '-u',
    spec.unit,
    '-n',
    '5',
    '-o',
    'cat',
    '--no-pager',
    '--since',
    from,
  ]
  // Only an addition: a node whose journal can't be read still gets the sentence
  const said = lastLines((await system.run(argv).catch(() => null))?.stdout ?? '', 5)
  return `${spec.unit} ${what}${said === '' ? '' : `; its log says: ${said}`}`
}
