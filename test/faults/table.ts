import type { Fault } from './fault.ts'
import { median } from './judge.ts'
import type { Try } from './measure.ts'

/** One fault: what each subject did, undefined where it has nothing of the kind. */
export interface Row {
  readonly fault: Fault
  readonly tries: readonly (readonly Try[] | undefined)[]
  /** What ours does not meet; null: it was not measured. */
  readonly problems: readonly string[] | null
}

/** Medians, and the worst in brackets; for others than ours by VIP, since their checks differ. */
export function formatTable(subjects: readonly string[], rows: readonly Row[]): string {
  const head = ['fault', ...subjects.map((name) => `${name}: gap ms / failed`), 'tries', 'limit']
  const lines = rows.map(({ fault, tries, problems }) => [
    fault.title,
    ...tries.map((own, i) => (subjects[i] === 'ours' ? cell(own) : byVip(own))),
    tries.map((own) => own?.length ?? '–').join(', '),
    problems === null ? '–' : problems.length === 0 ? 'met' : problems.join('; '),
  ])
  const table = [head, ...lines]
  const widths = head.map((_, i) => Math.max(...table.map((line) => line[i]?.length ?? 0)))
  const format = (line: readonly string[]): string =>
    line
      .map((text, i) => text.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd()
  return [
    format(head),
    widths.map((width) => '-'.repeat(width)).join('  '),
    ...lines.map(format),
  ].join('\n')
}

function byVip(tries: readonly Try[] | undefined): string {
  if (tries === undefined) return '–'
  const own = (node: string): readonly Try[] => tries.filter((one) => one.node === node)
  const [first, second] = [own('lb1'), own('lb2')]
  return second.length === 0 ? cell(first) : `VI_1 ${cell(first)}, VI_2 ${cell(second)}`
}

function cell(tries: readonly Try[] | undefined): string {
  if (tries === undefined || tries.length === 0) return '–'
  const byHand = tries.filter(({ wellAfter }) => wellAfter === null).length
  const help = byHand === 0 ? '' : `, by hand ${byHand}×`
  return `${gaps(tries)} / ${numbers(tries.map(({ failed }) => failed))}${help}`
}

/** One that only ended because its cause went away says nothing about time. */
function gaps(tries: readonly Try[]): string {
  const lasting = tries.filter(({ isLasting }) => isLasting).length
  if (lasting * 2 > tries.length) return 'never'
  return numbers(tries.map(({ gap, isLasting }) => (isLasting ? Infinity : gap)))
}

function numbers(own: readonly number[]): string {
  const most = Math.max(...own)
  return `${median(own)} (${most === Infinity ? 'never' : most})`
}
