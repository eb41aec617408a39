import { findGlobal } from '../../programs/haproxy/haproxy-lines.ts'
import type { HaproxyLine } from '../../programs/haproxy/haproxy-lines.ts'

/** How many files haproxy asks the kernel for when it starts. */
export interface FilesNeeded {
  /** At least. */
  readonly files: number
  /** Line that asks for the most of them. */
  readonly line: number
  readonly text: string
}

/**
 * The least that haproxy asks for with a `maxconn`: two for each connection, three for each thread, one
 * for each listener and each checked server, and 21 of its own. Counted out with haproxy 2.6 and 3.0 as
 * master and worker, by what "Cannot raise FD limit to" says; more come with splicing, peers and -S.
 * @returns null where haproxy adapts to what it gets: no maxconn, or `no strict-limits`
 */
export function countFilesNeeded(
  lines: readonly HaproxyLine[],
  listeners: number,
): FilesNeeded | null {
  const isLenient = lines.some(
    ({ section, words }) => section === 'global' && words.join(' ') === 'no strict-limits',
  )
  if (isLenient) return null
  const ulimit = numberOf(findGlobal(lines, 'ulimit-n'))
  if (ulimit !== null) return { ...ulimit, files: ulimit.value }
  const maxconn = numberOf(findGlobal(lines, 'maxconn'))
  if (maxconn === null || maxconn.value === 0) return null
  const threads = numberOf(findGlobal(lines, 'nbthread'))?.value ?? 1
  const files = 2 * maxconn.value + 3 * threads + listeners + countChecks(lines) + 21
  return { files, line: maxconn.line, text: maxconn.text }
}

/** Servers whose own line, or whose section's `default-server`, asks for checks. */
function countChecks(lines: readonly HaproxyLine[]): number {
  const byDefault = new Set<number>()
  let count = 0
  for (const { sectionNumber, words } of lines) {
    if (words[0] === 'default-server' && words.includes('check')) byDefault.add(sectionNumber)
    if (words[0] !== 'server' || words.includes('no-check')) continue
    if (words.includes('check') || byDefault.has(sectionNumber)) count++
  }
  return count
}

function numberOf(
  line: HaproxyLine | null,
): { readonly value: number; readonly line: number; readonly text: string } | null {
  const value = line?.words[1] ?? ''
  if (line === null || !/^\d+$/.test(value)) return null
  return { value: Number(value), line: line.line, text: line.words.slice(0, 2).join(' ') }
}
