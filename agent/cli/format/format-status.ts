import type { Journal } from '../../apply/journal.ts'
import type { DaemonStatus } from '../../daemon/control/daemon-status.ts'
import { formatDisabled } from '../../store/disabled.ts'
import type { Disabled } from '../../store/disabled.ts'
import { name } from '../../store/good-release.ts'
import type { HistoryEntry } from '../../store/history.ts'
import type { Quarantine } from '../../store/quarantine.ts'
import type { State } from '../../store/state.ts'
import { formatAge, formatTime } from '../../system/format-time.ts'
import { formatDaemon } from './format-daemon.ts'
import type { Line } from './format-daemon.ts'

/** Where a node stands. */
export interface Status {
  readonly state: State
  readonly quarantine: Quarantine
  /** A person wants nothing changed here. */
  readonly disabled: Disabled | null
  /** A change that has not come to its end. */
  readonly journal: Pick<Journal, 'commit' | 'phase' | 'at'> | null
  readonly lastRun: HistoryEntry | null
  /** null: none runs; a text: why it does not answer, or does not run. */
  readonly daemon: DaemonStatus | string | null
  /** What is wrong with agent.yml as it is on the disk now; null: nothing. */
  readonly configFault: string | null
}

/** What `evenkeel status` prints. @param now milliseconds since the epoch */
export function formatStatus(
  { state, quarantine, disabled, journal, lastRun, daemon, configFault }: Status,
  now: number,
): string {
  const { applied, pinned, followed, refused, failing, repair, verified } = state
  const signer = verified.find(({ object }) => object === applied?.commit)?.signer
  const signed = signer === undefined ? '' : `, signed by ${signer}`
  const ago = (at: string): string => `${formatAge(now - Date.parse(at))} ago`
  const lines: Line[] = [
    ['applied', applied === null ? 'nothing yet' : `${name(applied)}, ${ago(applied.at)}${signed}`],
  ]
  if (disabled !== null) lines.unshift(['disabled', formatDisabled(disabled, now)])
  if (pinned !== null) {
    lines.push([
      'pinned',
      `${name(pinned)} by hand, ${ago(pinned.at)}, until the branch moves on from ${pinned.from.slice(0, 8)}`,
    ])
  }
  if (refused !== null) {
    lines.push(['refused', `${name(refused)}, ${ago(refused.at)}: ${refused.reason}`])
  }
  if (followed !== null && followed.accepted !== null) {
    const { who, reason } = followed.accepted
    lines.push(['accepted', `${name(followed)} by ${who}, ${ago(followed.at)}: ${reason}`])
  }
  if (failing !== null) {
    const next =
      failing.notBefore === null ? '' : `; next try after ${formatTime(failing.notBefore)}`
    lines.push(['failing', `${failing.commit.slice(0, 8)}: ${failing.reason}${next}`])
  }
  if (repair !== null) {
    const { commit, failures, reason, notBefore } = repair
    lines.push([
      'drift',
      `from ${commit.slice(0, 8)} that could not be mended (tried ${failures} ${failures === 1 ? 'time' : 'times'}): ${reason}; next try after ${formatTime(notBefore)}`,
    ])
  }
  for (const [commit, { reason, at, subject }] of Object.entries(quarantine)) {
    lines.push(['quarantine', `${name({ commit, subject })}, ${ago(at)}: ${reason}`])
  }
  if (journal !== null) {
    const what =
      journal.commit === null ? 'a change' : `the change to ${journal.commit.slice(0, 8)}`
    lines.push([
      'unfinished',
      `${what}, ${ago(journal.at)}, is ${phases[journal.phase]} by the next run, or "evenkeel recover"`,
    ])
  }
  lines.push(['last run', formatLastRun(lastRun, state.attempted, ago)])
  if (configFault !== null) {
    const goesOn = daemon !== null && typeof daemon !== 'string'
    const rest = goesOn ? '\nThe daemon goes on with what it said before.' : ''
    lines.push(['agent.yml', `${configFault}${rest}`])
  }
  lines.push(...formatDaemon(daemon, now))
  return lines
    .map(([title, text]) => `${title.padEnd(10)} ${text.replaceAll('\n', indent)}\n`)
    .join('')
}

/** Runs that only say the same again are not in the history, but the state knows when the last one was. */
function formatLastRun(
  lastRun: HistoryEntry | null,
  attempted: State['attempted'],
  ago: (at: string) => string,
): string {
  if (lastRun === null) return 'none'
  const { outcome, at, message, durationMs } = lastRun
  const end = Date.parse(at) + durationMs
  const isRepeated = attempted !== null && Date.parse(attempted.at) > end
  const time = isRepeated ? `${ago(attempted.at)}, the same since ${ago(at)}` : ago(at)
  return `${outcome}, ${time}: ${message}`
}

/** Below the first word of the text. */
const indent = `\n${' '.repeat(11)}`

const phases = {
  applying: 'taken back',
  'rolling-back': 'taken back',
  passed: 'finished',
} as const
