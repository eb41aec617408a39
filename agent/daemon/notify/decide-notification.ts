import type { Cause, Report } from '../../report/report.ts'
import { toHistoryEntry } from '../../store/history.ts'
import type { WatchEvent } from '../../watch/watch-event.ts'
import type { DaemonEvent } from '../event.ts'
import type { Notification, NotifiedEvent } from './notification.ts'

/** What may be worth telling: a run that has ended, or what the watch has done. */
export type Occurrence = Extract<DaemonEvent, { readonly type: 'run-ended' | 'watch' }>

/** What was told, so that it is not told again. */
export interface Told {
  /** What went wrong since the last good run, one text for each kind of it; the newest last. */
  readonly troubles: readonly string[]
  /** Since when runs are held, in milliseconds since the epoch. */
  readonly heldSince: number | null
  /** VIPs that are somewhere else for the time being, and those that are here instead of there. */
  readonly away: readonly string[]
  readonly guests: readonly string[]
}

export const nothingTold: Told = { troubles: [], heldSince: null, away: [], guests: [] }

/** More kinds of trouble than this with one cause are a flood; the oldest may be told again. */
const mostTroubles = 20

/** What is worth telling, and what is remembered of it. */
export interface Verdict {
  readonly told: Told
  readonly notification: Notification | null
  /** Which of the troubles it is about: to be forgotten if the message gets to nobody. */
  readonly trouble?: string
}

/** What this node knows of itself for a message that is not about a run. */
export interface About {
  readonly host: string | null
  /** Milliseconds since the epoch. */
  readonly now: number
  /** Milliseconds of being held that are worth telling. */
  readonly hold: number
}

/** Decides what people are told: each trouble once, and once more when it is over. */
export function decideNotification(told: Told, occurrence: Occurrence, about: About): Verdict {
  return occurrence.type === 'run-ended'
    ? judgeRun(told, occurrence.report, occurrence.cause, about)
    : judgeWatch(told, occurrence.event, about)
}

const events: Readonly<Partial<Record<Report['outcome'], NotifiedEvent>>> = {
  failed: 'failure',
  refused: 'refusal',
  'rolled-back': 'rollback',
}

function judgeRun(told: Told, report: Report, cause: Cause, about: About): Verdict {
  const { outcome, mode } = report
  const quiet = { told, notification: null }
  if (mode === 'plan') return quiet
  const event = events[outcome]
  if (event !== undefined) return trouble({ ...told, heldSince: null }, event, report, about)
  // Enforcing what is in force says nothing of the commit that failed, or is held
  if (cause === 'drift') return quiet
  if (outcome === 'held') return judgeHold(told, report, about)
  const isGood = outcome === 'converged' || outcome === 'in-sync'
  if (!isGood || report.commit === null) return quiet
  const next = { ...told, troubles: [], heldSince: null }
  return {
    told: next,
    notification: told.troubles.length > 0 ? ofRun('recovered', report, about) : null,
  }
}

/** A commit that waits for its next try after a failure was told already. */
function judgeHold(told: Told, report: Report, about: About): Verdict {
  const heldSince = Math.min(told.heldSince ?? about.now, about.now)
  const next = { ...told, heldSince }
  const isKnown = told.troubles.some((one) => one.split(' ')[1] === report.commit)
  if (about.now - heldSince < about.hold || isKnown) return { told: next, notification: null }
  return trouble(next, 'held', report, about)
}

/** A failure is the same while it is of the same commit and the same thing has failed first. */
function trouble(told: Told, event: NotifiedEvent, report: Report, about: About): Verdict {
  const first = report.results.find(({ status }) => status === 'failed')
  const key = [event, report.commit ?? '-', first?.resource ?? ''].join(' ').trim()
  if (told.troubles.includes(key)) return { told, notification: null }
  const troubles = [...told.troubles, key].slice(-mostTroubles)
  const notification = ofRun(event, report, about)
  return { told: { ...told, troubles }, notification, trouble: key }
}

function ofRun(event: NotifiedEvent, report: Report, { host, now }: About): Notification {
  return {
    version: 1,
    event,
    host: report.node ?? host,
    commit: report.commit,
    subject: report.subject,
    message: report.message,
    run_id: toHistoryEntry(report).id,
    at: new Date(now).toISOString(),
  }
}

function judgeWatch(told: Told, event: WatchEvent, about: About): Verdict {
  if (event.type === 'failover') return { told, notification: ofWatch('failover', event, about) }
  if (event.type === 'return') return { told, notification: ofWatch('recovered', event, about) }
  if (event.type !== 'vips') return { told, notification: null }
  // The node that has lost its VIPs may not be able to tell: the one that has got them does
  const { gained, lost } = event
  const arrived = gained.filter((vip) => !told.away.includes(vip))
  const left = lost.filter((vip) => told.guests.includes(vip))
  const guests = [...told.guests.filter((vip) => !lost.includes(vip)), ...arrived]
  const away = [
    ...told.away.filter((vip) => !gained.includes(vip)),
    ...lost.filter((vip) => !left.includes(vip)),
  ]
  const next = { ...told, guests, away }
  if (arrived.length > 0) return { told: next, notification: ofWatch('failover', event, about) }
  const isOver = left.length > 0 && guests.length === 0
  return { told: next, notification: isOver ? ofWatch('recovered', event, about) : null }
}

function ofWatch(event: NotifiedEvent, { sentence }: WatchEvent, about: About): Notification {
  return {
    version: 1,
    event,
    host: about.host,
    commit: null,
    subject: null,
    message: sentence,
    run_id: null,
    at: new Date(about.now).toISOString(),
  }
}
