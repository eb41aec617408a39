import type { System } from '../../system/system.ts'
import type { Fingerprint } from '../effects.ts'
import { awaitFingerprint, isOutdated, readWorker } from './fingerprint.ts'
import type { FingerprintState } from './fingerprint.ts'
import { failure, settle, waitUntilCurrent } from './settle.ts'
import type { ServiceSpec } from './spec.ts'
import type { ServiceStep } from './steps.ts'
import { endStrays } from './stray.ts'
import { commandUnit } from './unit-command.ts'

/** @throws LocalError with what the unit logged */
export async function applyStep(
  step: ServiceStep,
  spec: ServiceSpec,
  system: System,
): Promise<void> {
  const since = system.now()
  switch (step) {
    case 'end-strays':
      return spec.exclusive === null ? undefined : endStrays(spec.exclusive, spec.unit, system)
    case 'daemon-reload':
      return commandUnit([step], spec.unit, since, system)
    case 'reload':
      return reload(spec, since, system)
    case 'start':
    case 'restart':
      return startAnew(step, spec, since, system)
    default:
      return commandUnit([step, spec.unit], spec.unit, since, system)
  }
}

async function startAnew(
  verb: 'start' | 'restart',
  spec: ServiceSpec,
  since: number,
  system: System,
): Promise<void> {
  await commandUnit([verb, spec.unit], spec.unit, since, system)
  await settle(spec, since, system)
}

/**
 * Reloads, and waits until the process runs what is on disk. A handler goes no further. To repair
 * drift, a process that is wedged is ended and started anew, and so is one that has reloaded and still
 * runs something else, since it was started with other arguments. One whose reload failed keeps serving
 * with the older configuration, and a restart would end that: it is left alone.
 */
async function reload(spec: ServiceSpec, since: number, system: System): Promise<void> {
  const { unit, fingerprint } = spec
  const mayRestart = spec.state !== 'reloaded'
  const worker = fingerprint && (await readWorker(fingerprint, system))
  if (mayRestart && fingerprint !== null && worker === null) {
    const seen = await askAgain(fingerprint, system)
    if (!isOutdated(seen)) return
    if (!seen.isAnswering) {
      // It would not hear SIGTERM, and systemd would wait 90 s before it ends it
      await commandUnit(['kill', '-s', 'KILL', unit], unit, since, system)
      return startAnew('restart', spec, since, system)
    }
  }
  await commandUnit(['reload', unit], unit, since, system)
  const seen = await waitUntilCurrent(spec, worker, since, system)
  if (fingerprint === null || seen === null || !isOutdated(seen)) return
  const hasNewWorker = (await readWorker(fingerprint, system)) !== worker
  const isServing = seen.isAnswering && !hasNewWorker
  if (mayRestart && !isServing) return startAnew('restart', spec, since, system)
  throw await failure(spec, seen, hasNewWorker, since, system)
}

/** 3 s more for a process that did not answer: it may only have been short of time. */
function askAgain(fingerprint: Fingerprint, system: System): Promise<FingerprintState> {
  return awaitFingerprint(
    fingerprint,
    3_000,
    system,
    async () => (await readWorker(fingerprint, system)) !== null,
  )
}
