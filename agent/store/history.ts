import { join } from 'node:path'
import * as v from 'valibot'
import { countResults } from '../report/report.ts'
import type { Cause, Outcome, Report } from '../report/report.ts'
import { appendLine } from '../system/append-line.ts'
import { parseJson } from '../system/parse-json.ts'
import type { Parsed } from '../system/parsed.ts'
import type { Paths } from '../system/paths.ts'
import type { System } from '../system/system.ts'

/** What the watch did beside the runs. */
export type WatchOutcome = 'failed-over' | 'came-back' | 'restarted' | 'restart-failed'

/** Lines after which the file is shortened, and to how many: rewriting it is rare. */
const limit = { most: 1000, kept: 900 }

const count = v.number()
const schema = v.object({
  /** Unique on this node, and in the order of time. */
  id: v.string(),
  /** When it began, ISO 8601. */
  at: v.string(),
  node: v.nullable(v.string()),
  commit: v.nullable(v.string()),
  mode: v.picklist(['converge', 'plan', 'watch']),
  /** One of another version is kept as it is. */
  outcome: v.custom<Outcome | WatchOutcome>((value) => typeof value === 'string'),
  durationMs: v.number(),
  counts: v.object({ ok: count, changed: count, failed: count, skipped: count }),
  /** What was changed, or failed to: the fields, never their values. */
  changes: v.array(v.object({ resource: v.string(), fields: v.array(v.string()) })),
  message: v.string(),
  /** Of its warnings, and of what refused the commit. Lines of versions that had none are read, too. */
  codes: v.optional(v.array(v.string()), []),
})

/** One run, or one deed of the watch, as a line of `history.jsonl` keeps it. */
export interface HistoryEntry extends Parsed<typeof schema> {}

/** What history keeps of a report. */
export function toHistoryEntry(report: Report): HistoryEntry {
  return {
    id: report.startedAt.replaceAll(/\D/g, ''),
    at: report.startedAt,
    node: report.node,
    commit: report.commit,
    mode: report.mode,
    outcome: report.outcome,
    durationMs: Math.round(report.duration),
    counts: countResults(report.results),
    changes: report.results
      .filter(({ status }) => status === 'changed' || status === 'failed')
      .map(({ resource, changes }) => ({ resource, fields: changes.map(({ field }) => field) })),
    message: report.message,
    codes: codesOf(report),
  }
}

function codesOf({ warnings, problems }: Report): readonly string[] {
  const codes = [...warnings, ...problems].flatMap(({ code }) => code ?? [])
  return [...new Set(codes)]
}

/**
 * Adds a run to the history and returns once it is on the disk. One that nobody asked for is left out when
 * it says what the last one said: a run a minute would else push out of sight what happened here.
 */
export async function appendHistory(
  report: Report,
  node: { readonly paths: Pick<Paths, 'state'>; readonly system: HistorySystem },
  cause: Cause = 'person',
): Promise<void> {
  const file = historyFile(node.paths)
  const entry = toHistoryEntry(report)
  const lines = parseLines(await node.system.readFile(file))
  if (cause !== 'person' && isRepeated(entry, lastRunOf(lines))) return
  const text = JSON.stringify(entry)
  await appendLine(file, text)
  if (lines.length < limit.most) return
  const kept = shorten([...lines, { text, entry }], limit.kept)
  const content = Buffer.from(kept.map((line) => `${line.text}\n`).join(''))
  await node.system.writeFile(file, { content, mode: 0o600, owner: 'root', group: 'root' })
}

/**
 * Adds a deed of the watch. It does not shorten the file: a run may be about to add its own line, and the
 * next one will.
 */
export async function appendDeed(entry: HistoryEntry, paths: Pick<Paths, 'state'>): Promise<void> {
  await appendLine(historyFile(paths), JSON.stringify(entry))
}

/** The last entries, oldest first. Lines that a crash has cut short are left out. */
export async function readHistory(
  node: { readonly paths: Pick<Paths, 'state'>; readonly system: Pick<System, 'readFile'> },
  last: number,
): Promise<readonly HistoryEntry[]> {
  const lines = parseLines(await node.system.readFile(historyFile(node.paths)))
  return lines.slice(-last).map((line) => line.entry)
}

/** The last run; null: there was none. */
export async function readLastRun(node: {
  readonly paths: Pick<Paths, 'state'>
  readonly system: Pick<System, 'readFile'>
}): Promise<HistoryEntry | null> {
  return lastRunOf(parseLines(await node.system.readFile(historyFile(node.paths))))
}

/** Whether a run says what the one before it said, and neither changed anything. */
export function isRepeated(entry: HistoryEntry, before: HistoryEntry | null): boolean {
  const hasNews = [entry, before].some((one) => one === null || one.counts.changed > 0)
  return (
    !hasNews &&
    entry.outcome === before?.outcome &&
    entry.commit === before.commit &&
    entry.message === before.message
  )
}

function lastRunOf(lines: readonly Line[]): HistoryEntry | null {
  return lines.findLast(({ entry }) => entry.mode !== 'watch')?.entry ?? null
}

type HistorySystem = Pick<System, 'readFile' | 'writeFile'>

interface Line {
  readonly text: string
  readonly entry: HistoryEntry
}

/** Drops the oldest runs that found nothing to do, and other runs only when that is not enough. */
export function shorten<T extends { readonly entry: Pick<HistoryEntry, 'outcome'> }>(
  lines: readonly T[],
  kept: number,
): readonly T[] {
  let surplus = lines.length - kept
  const worthy = lines.filter((line) => {
    const goes = surplus > 0 && line.entry.outcome === 'in-sync'
    if (goes) surplus -= 1
    return !goes
  })
  return worthy.slice(Math.max(0, surplus))
}

function parseLines(content: Uint8Array | null): readonly Line[] {
  if (content === null) return []
  const texts = Buffer.from(content).toString().split('\n')
  return texts.flatMap((text) => {
    const entry = parseEntry(text)
    return entry === null ? [] : [{ text, entry }]
  })
}

function parseEntry(text: string): HistoryEntry | null {
  const parsed = v.safeParse(schema, parseJson(text))
  return parsed.success ? parsed.output : null
}

function historyFile(paths: Pick<Paths, 'state'>): string {
  return join(paths.state, 'history.jsonl')
}
