import { readText } from './proc.ts'

/** A mapping that may be executed, of a file where programs and libraries are, which no path leads to any more. */
const replaced = /^\S+ ..x\S* .*? (\/(?:usr|lib\w*|s?bin|opt)\/.*) \(deleted\)$/gm

/**
 * Programs and libraries that a process goes on with although their files are gone, mostly since an upgrade has
 * replaced them. Other mappings without a file are usual: shared memory, memfd, temporary files.
 * @param maps text of /proc/PID/maps, proc_pid_maps(5)
 */
export function findReplacedFiles(maps: string): readonly string[] {
  return [...new Set([...maps.matchAll(replaced)].map(([, path = '']) => path))]
}

/** The same of running processes. Synchronous, as all that asks /proc beside the runs: a tenth of a millisecond each. */
export function readReplacedFiles(pids: readonly number[]): readonly string[] {
  return findReplacedFiles(pids.map((pid) => readText(`/proc/${pid}/maps`) ?? '').join(''))
}

/**
 * What an operator has to know of it.
 * @param isReloadEnough a reload executes the program anew
 */
export function sayReplacedFiles(
  unit: string,
  files: readonly string[],
  isReloadEnough: boolean,
): string {
  const shown = files.slice(0, 3).join(', ')
  const more = files.length > 3 ? ` and ${files.length - 3} more` : ''
  const verb = isReloadEnough ? 'reload' : 'restart'
  return `${unit} still runs what an upgrade has replaced (${shown}${more}): "systemctl ${verb} ${unit}" at a quiet time puts the new files in force`
}
