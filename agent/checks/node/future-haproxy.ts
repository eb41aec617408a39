import { readHaproxy } from '../../facts/haproxy-config.ts'
import type { HaproxyFacts } from '../../facts/haproxy-config.ts'
import { debianUnit, haproxyUnit } from '../../programs/haproxy/paths.ts'
import { environmentFiles, unitEnvironment } from '../../programs/systemd/environment.ts'
import { startCommand } from '../../programs/systemd/exec-command.ts'
import type { UnitSettings } from '../../programs/systemd/unit-file.ts'
import type { System } from '../../system/system.ts'
import { mergeUnit } from './merge-unit.ts'
import { isStopped } from './wanted.ts'
import type { Wanted } from './wanted.ts'

/** haproxy as it would be started after the run. */
export interface FutureHaproxy {
  readonly unit: UnitSettings
  /** null when it is not to run, or none of the files that it reads is this run's. */
  readonly facts: HaproxyFacts | null
}

/**
 * Reads haproxy's unit, and all files that its command line names.
 * @param disk the files as the run leaves them
 */
export async function readFutureHaproxy(
  wanted: Wanted,
  disk: Pick<System, 'readFile' | 'list'>,
): Promise<FutureHaproxy> {
  const unit = await mergeUnit(haproxyUnit, debianUnit, disk)
  if (isStopped(wanted, haproxyUnit)) return { unit, facts: null }
  const texts: string[] = []
  for (const path of environmentFiles(unit)) {
    const content = await disk.readFile(path)
    if (content !== null) texts.push(new TextDecoder().decode(content))
  }
  const variables = unitEnvironment(unit, texts)
  const words = startCommand(unit, variables)
  // systemd adds some variables of its own
  const environment = { variables, isComplete: false }
  const facts = await readHaproxy({ words, environment, version: null }, disk)
  const isOurs = facts.config.files.some((path) => wanted.files.has(path))
  return { unit, facts: isOurs ? facts : null }
}
