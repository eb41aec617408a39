import { findGlobal } from '../../programs/haproxy/config.ts'
import type { HaproxyConfig } from '../../programs/haproxy/config.ts'
import type { ConfigLine } from '../../programs/haproxy/lines.ts'
import type { Section } from '../../programs/haproxy/sections.ts'

/** How many files haproxy asks the kernel for when it starts. */
export interface FilesNeeded {
  /** At least. */
  readonly files: number
  /** Line that asks for the most of them. */
  readonly line: ConfigLine
}

/**
 * The least that haproxy asks for with a `maxconn`: two for each connection, three for each thread, one
 * for each listener and each checked server, and 21 of its own. Counted out with haproxy 2.6 and 3.0 as
 * master and worker, by what "Cannot raise FD limit to" says; more come with splicing, peers and -S.
 * @returns null where haproxy adapts to what it gets: no maxconn, or `no strict-limits`
 */
export function countFilesNeeded(config: HaproxyConfig, listeners: number): FilesNeeded | null {
  if (findGlobal(config, 'no', 'strict-limits') !== null) return null
  const ulimit = numberOf(findGlobal(config, 'ulimit-n'))
  if (ulimit !== null) return { files: ulimit.value, line: ulimit.line }
  const maxconn = numberOf(findGlobal(config, 'maxconn'))
  if (maxconn === null || maxconn.value === 0) return null
  const threads = numberOf(findGlobal(config, 'nbthread'))?.value ?? 1
  const checks = config.sections.reduce((sum, section) => sum + countChecks(section), 0)
  return {
    files: 2 * maxconn.value + 3 * threads + listeners + checks + 21,
    line: maxconn.line,
  }
}

/** Servers that surely have checks: by their own line, or by a `default-server` above it or in the `defaults`. */
function countChecks({ keyword, lines, base, isDisabled }: Section): number {
  if ((keyword !== 'backend' && keyword !== 'listen') || isDisabled !== false) return 0
  let isDefault = base?.lines.some(asksFor('default-server', 'check')) ?? false
  let count = 0
  for (const line of lines) {
    if (asksFor('default-server', 'check')(line)) isDefault = true
    if (line.words[0] !== 'server' || !line.isCertain || line.words.includes('no-check')) continue
    if (isDefault || line.words.includes('check')) count += 1
  }
  return count
}

function asksFor(keyword: string, option: string): (line: ConfigLine) => boolean {
  return ({ words, isCertain }) => isCertain && words[0] === keyword && words.includes(option)
}

function numberOf(
  line: ConfigLine | null,
): { readonly value: number; readonly line: ConfigLine } | null {
  const value = line?.words[1] ?? ''
  return line === null || !/^\d+$/.test(value) ? null : { value: Number(value), line }
}
