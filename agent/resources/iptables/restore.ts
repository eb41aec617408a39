import type { Family } from '../../programs/address.ts'
import { readRestoreFault } from '../../programs/netfilter/restore-fault.ts'
import { LocalError } from '../../system/errors.ts'
import type { System } from '../../system/system.ts'
import { toolName } from './scratch.ts'

/**
 * Carries out the lines of one table as one transaction: all of them or none, and nothing else is flushed.
 * Waits up to 5 s for another program that holds the lock of the legacy tables.
 * @throws LocalError with the reason; nothing has changed then
 */
export async function restore(
  family: Family,
  lines: readonly string[],
  system: Pick<System, 'run'>,
): Promise<void> {
  const tool = toolName(family, 'restore')
  const input = lines.map((line) => `${line}\n`).join('')
  const { code, stderr } = await system.run([tool, '-w', '5', '--noflush'], { input })
  if (code !== 0) {
    throw new LocalError(`${tool} failed, the firewall is as it was: ${readRestoreFault(stderr)}`)
  }
}
