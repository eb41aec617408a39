import type { HistoryEntry } from '../../store/history.ts'
import { formatAge } from '../../system/format-time.ts'

const titles = ['WHEN', 'COMMIT', 'OUTCOME', 'CHANGED', 'TOOK', 'MESSAGE']
/** `CHANGED` and `TOOK` are numbers, which line up at their right end. */
const rightAligned = new Set([3, 4])

/** The table that `evenkeel history` prints, one line a run. Times are those of the node's time zone. */
export function formatHistory(entries: readonly HistoryEntry[]): string {
  if (entries.length === 0) return 'no run so far\n'
  const rows = [titles, ...entries.map(formatEntry)]
  const widths = titles.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const lines = rows.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0
        return rightAligned.has(column) ? cell.padStart(width) : cell.padEnd(width)
      })
      .join('  ')
      .trimEnd(),
  )
  return `${lines.join('\n')}\n`
}

function formatEntry(entry: HistoryEntry): string[] {
  return [
    formatTime(new Date(entry.at)),
    entry.commit?.slice(0, 8) ?? '-',
    entry.outcome,
    String(entry.counts.changed),
    formatDuration(entry.durationMs),
    firstLine(entry.message),
  ]
}

function formatTime(time: Date): string {
  const date = [time.getFullYear(), two(time.getMonth() + 1), two(time.getDate())].join('-')
  return `${date} ${time.toTimeString().slice(0, 8)}`
}

function two(number: number): string {
  return String(number).padStart(2, '0')
}

function formatDuration(milliseconds: number): string {
  return milliseconds < 10_000 ? `${(milliseconds / 1000).toFixed(1)} s` : formatAge(milliseconds)
}

function firstLine(text: string): string {
  const [first = '', ...rest] = text.trim().split('\n')
  return rest.length === 0 ? first : `${first} (and ${rest.length} more)`
}
