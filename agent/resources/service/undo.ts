import * as v from 'valibot'
import type { System } from '../../system/system.ts'
import type { Undo } from '../undo.ts'
import { readCurrentUnit } from './state.ts'
import { commandUnit } from './unit-command.ts'
import { isEnabled, isRunning, isUp, readUnit } from './unit.ts'

const schema = v.object({ isUp: v.boolean(), isEnabled: v.boolean() })

/** Whether a unit runs, and whether it starts at boot. Which configuration it runs is its handlers' part. */
export const serviceUndo: Undo = {
  async snapshot(name, system) {
    const unit = await readUnit(name, system)
    return { isUp: isUp(unit), isEnabled: isEnabled(unit) }
  },

  async withdraw(name, before, system) {
    const was = v.parse(schema, before)
    const unit = await readUnit(name, system)
    if (!was.isUp && isUp(unit)) await command(['stop', name], name, system)
    if (!was.isEnabled && isEnabled(unit)) await command(['disable', name], name, system)
  },

  async restore(name, before, system) {
    const was = v.parse(schema, before)
    const unit = await readCurrentUnit(name, system)
    if (unit.needsDaemonReload) await command(['daemon-reload'], name, system)
    if (was.isEnabled && !isEnabled(unit)) await command(['enable', name], name, system)
    if (!was.isUp || isRunning(unit)) return
    // Lifts the limit of starts in a row, too: systemd.unit(5), StartLimitIntervalSec
    if (unit.active === 'failed') await command(['reset-failed', name], name, system)
    await command(['start', name], name, system)
  },

  /** What this boot starts is decided already: jobs are added or taken out, without waiting for them. */
  atBoot: {
    async withdraw(name, before, system) {
      const was = v.parse(schema, before)
      if (was.isEnabled || !isEnabled(await readUnit(name, system))) return
      await command(['disable', name], name, system)
      await command(['stop', '--no-block', name], name, system)
    },

    async restore(name, before, system) {
      const was = v.parse(schema, before)
      if (!was.isEnabled || isEnabled(await readUnit(name, system))) return
      await command(['enable', name], name, system)
      await command(['start', '--no-block', name], name, system)
    },
  },
}

function command(
  words: readonly string[],
  unit: string,
  system: Pick<System, 'run' | 'now'>,
): Promise<void> {
  return commandUnit(words, unit, system.now(), system)
}
