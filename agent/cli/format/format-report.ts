import { createTwoFilesPatch } from 'diff'
import { styleText } from 'node:util'
import { countResults } from '../../report/report.ts'
import type { Report, Result } from '../../report/report.ts'
import type { Change } from '../../resources/kind.ts'

/** How much a person wants to read. */
export interface Style {
  /** Unified diffs of contents. */
  readonly diff: boolean
  /** Tasks that are in sync or skipped, too. */
  readonly verbose: boolean
  readonly color: boolean
}

const titles = {
  task: 'TASK',
  handler: 'HANDLER',
  removal: 'REMOVE',
  gate: 'GATE',
  rollback: 'ROLLBACK',
} as const

const colors = { ok: 'green', changed: 'yellow', failed: 'red', skipped: 'cyan' } as const

/** One task as Ansible shows it; null when there is nothing that a person asked to see. */
export function formatResult(result: Result, style: Style): string | null {
  const isQuiet = result.status === 'ok' || result.status === 'skipped'
  if (isQuiet && !style.verbose && result.notes.length === 0) return null
  const paint = painter(style)
  const title = titles[result.type]
  const name = result.role === '' ? result.task : `${result.role} : ${result.task}`
  const time = result.duration >= 1 ? ` (${Math.round(result.duration)} ms)` : ''
  const status = `${paint(colors[result.status], `${result.status}: ${result.resource}`)}${time}`
  return [
    `${title} [${name}]`,
    status,
    ...result.changes.flatMap((change) => formatChange(change, style)),
    ...result.notes.map((note) => `  note: ${note}`),
    ...(result.error === undefined ? [] : [paint('red', `  ${result.error}`)]),
    '',
  ].join('\n')
}

/** Long texts are told as a diff (with `--diff`) or as a count of lines, short ones as before → after. */
function formatChange(change: Change, style: Style): readonly string[] {
  const note = change.note === undefined ? '' : `  (${change.note})`
  const before = change.before ?? ''
  const after = change.after ?? ''
  const isText = change.field === 'content' || before.includes('\n') || after.includes('\n')
  if (!isText) {
    return [`  ${change.field}: ${change.before ?? '(none)'} → ${change.after ?? '(none)'}${note}`]
  }
  const lines = diffLines(change)
  const added = lines.filter((line) => line.startsWith('+')).length
  const removed = lines.filter((line) => line.startsWith('-')).length
  const counted = `${added} ${added === 1 ? 'line' : 'lines'} added, ${removed} removed`
  const summary = `  ${change.field}: ${counted}${note}`
  if (!style.diff) return [summary]
  const paint = painter(style)
  return [
    summary,
    ...lines.map((line) => {
      if (line.startsWith('+')) return `    ${paint('green', line)}`
      return `    ${line.startsWith('-') ? paint('red', line) : line}`
    }),
  ]
}

function diffLines(change: Change): readonly string[] {
  const before = change.before ?? ''
  const after = change.after ?? ''
  const patch = createTwoFilesPatch('before', 'after', before, after, undefined, undefined, {
    context: 2,
  })
  // Behind the four lines of headers.
  return patch
    .split('\n')
    .slice(3)
    .filter((line) => line !== '' && !/^(\+\+\+|---) (before|after)/.test(line))
}

/** The recap and the closing sentence. */
export function formatClosing(report: Report, style: Style): string {
  const { ok, changed, failed, skipped } = countResults(report.results)
  const paint = painter(style)
  const recap = [
    `ok=${ok}`,
    paintIf(changed, 'yellow', `changed=${changed}`),
    paintIf(failed, 'red', `failed=${failed}`),
    `skipped=${skipped}`,
  ].join(' ')
  const seconds = (report.duration / 1000).toFixed(1)
  return [
    ...report.warnings.map(({ text }) => paint('yellow', `warning: ${text}`)),
    // A run that an error broke off has no results to count.
    ...(report.results.length > 0 ? [`RECAP [${report.node}] : ${recap} (${seconds} s)`] : []),
    report.message,
  ].join('\n')

  function paintIf(count: number, color: 'yellow' | 'red', text: string): string {
    return count > 0 ? paint(color, text) : text
  }
}

function painter(
  style: Style,
): (color: 'green' | 'yellow' | 'red' | 'cyan', text: string) => string {
  return (color, text) => (style.color ? styleText(color, text, { validateStream: false }) : text)
}
