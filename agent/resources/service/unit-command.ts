import { LocalError, TimeoutError } from '../../system/errors.ts'
import type { System } from '../../system/system.ts'
import { explainUnit } from './unit-log.ts'

/** 3 minutes: systemd itself gives a unit 90 s to stop and 90 s to start. */
const timeout = 180_000

/**
 * Runs systemctl for a unit.
 * @param since when we began, in milliseconds since the epoch: what the unit logged from then on is told
 * @throws LocalError
 */
export async function commandUnit(
  words: readonly string[],
  unit: string,
  since: number,
  system: Pick<System, 'run'>,
): Promise<void> {
  const result = await system.run(['systemctl', ...words], { timeout })
  if (result.code === 0) return
  const what = result.timedOut
    ? `"systemctl ${words[0]}" took more than 3 minutes`
    : `"systemctl ${words[0]}" failed (${result.stderr.split('\n')[0]})`
  const message = await explainUnit(unit, what, since, system)
  throw result.timedOut ? new TimeoutError(message) : new LocalError(message)
}
