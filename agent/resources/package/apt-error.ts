import type { RunResult } from '../../system/system.ts'
import { lastLines } from '../last-lines.ts'

/** What apt says, and what it means for the person who reads the report. The first match counts. */
const explanations: readonly (readonly [RegExp, (match: RegExpExecArray) => string])[] = [
  [
    /held by process (\d+) \(([^)]*)\)/,
    ([, pid, name]) => `the package lock is held by ${name} (pid ${pid}); tried again next time`,
  ],
  [
    /Could not get lock|Unable to acquire the dpkg frontend lock/,
    () => 'the package lock is held by another program; tried again next time',
  ],
  [
    /No space left on device|don't have enough free space/,
    () => 'the disk is full; make room, such as by apt-get clean',
  ],
  [
    /Temporary failure resolving '?([^'\s]+)|Could not resolve '?([^'\s]+)/,
    ([, a, b]) => `${a ?? b} can't be resolved; check DNS, or the mirror in /etc/apt`,
  ],
  [
    /Could not connect to (\S+)|Unable to connect to (\S+)|Connection timed out|Connection failed/,
    ([, a, b]) => `${a ?? b ?? 'the mirror'} can't be reached; check the network and /etc/apt`,
  ],
  [
    /Unable to locate package (\S+)|Package '?(\S+?)'? has no installation candidate/,
    ([, unknown, virtual]) =>
      `no package ${unknown ?? virtual} in the sources of this node; check its name and /etc/apt/sources.list.d`,
  ],
  [/unmet dependencies|held broken packages/, () => 'dependencies do not fit together'],
]

/** One sentence on why apt failed, with its own last words. */
export function explainApt(names: readonly string[], result: RunResult): string {
  const what = `apt-get (${names.join(', ')})`
  if (result.timedOut) return `${what} did not end within 10 minutes; tried again next time`
  const output = `${result.stdout}\n${result.stderr}`
  // Only lines of apt and dpkg that report an error: the rest is progress.
  const faults = result.stderr
    .split('\n')
    .filter((line) => /^(E|W|Err|dpkg): ?/.test(line))
    .filter((line) => !/^E: Sub-process \S+ returned an error code/.test(line))
  const said = lastLines(faults.join('\n'), 1) || lastLines(result.stderr || result.stdout, 1)
  for (const [pattern, explain] of explanations) {
    const match = pattern.exec(output)
    if (match !== null) return `${what}: ${explain(match)}; apt says: ${said}`
  }
  return `${what} failed: ${said}`
}
