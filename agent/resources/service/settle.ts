import { LocalError } from '../../system/errors.ts'
import type { System } from '../../system/system.ts'
import { awaitFingerprint, isOutdated, readWorker } from './fingerprint.ts'
import type { FingerprintState } from './fingerprint.ts'
import type { ServiceSpec } from './spec.ts'
import { explainUnit } from './unit-log.ts'
import { isRunning, readUnit, showState } from './unit.ts'

/** 10 s: a reload is asynchronous, and a large configuration takes seconds to load. */
const timeout = 10_000

/**
 * Proves that a unit that was just started stays up and runs what is on disk.
 * @param since when we began, in milliseconds since the epoch
 * @throws LocalError
 */
export async function settle(spec: ServiceSpec, since: number, system: System): Promise<void> {
  const seen = await waitUntilCurrent(spec, null, since, system)
  if (seen !== null && isOutdated(seen)) throw await failure(spec, seen, true, since, system)
}

/**
 * Waits for a new worker with the fingerprint on disk. Returns what it saw last; null when there is no
 * fingerprint to wait for.
 * @param worker pid of the worker that is to go, if there was one
 * @throws LocalError when the unit went down
 */
export async function waitUntilCurrent(
  spec: ServiceSpec,
  worker: number | null,
  since: number,
  system: System,
): Promise<FingerprintState | null> {
  const { fingerprint } = spec
  const { type } = await readUnit(spec.unit, system)
  // A daemon that doesn't tell systemd when it is ready gets a moment to fail in
  if (!type.startsWith('notify')) await system.sleep(200)
  await refuseDown(spec, since, system)
  if (fingerprint === null) return null
  const seen = await awaitFingerprint(fingerprint, timeout, system, async () => {
    const answering = await readWorker(fingerprint, system)
    if (answering !== null) return answering !== worker
    const { active } = await readUnit(spec.unit, system)
    return active === 'inactive' || active === 'failed'
  })
  if (isOutdated(seen)) await refuseDown(spec, since, system)
  return seen
}

/** Why a unit that runs does not run what is on disk. */
export async function failure(
  spec: ServiceSpec,
  seen: FingerprintState,
  hasNewWorker: boolean,
  since: number,
  system: Pick<System, 'run'>,
): Promise<LocalError> {
  const what = !seen.isAnswering
    ? 'does not answer for 10 s'
    : hasNewWorker
      ? 'runs another configuration than the one on disk; look at ExecStart'
      : 'could not load the configuration on disk, and still serves with the older one'
  return new LocalError(await explainUnit(spec.unit, what, since, system))
}

async function refuseDown(
  spec: ServiceSpec,
  since: number,
  system: Pick<System, 'run'>,
): Promise<void> {
  const unit = await readUnit(spec.unit, system)
  if (isRunning(unit)) return
  const what = `did not stay up, it is ${showState(unit) ?? 'gone'}`
  throw new LocalError(await explainUnit(spec.unit, what, since, system))
}
