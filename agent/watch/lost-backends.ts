import { warn } from '../diagnostics/warning.ts'
import type { Warning } from '../diagnostics/warning.ts'

/** The line that {@link findLostBackends} reads the answer of: every proxy, its backend (2), no single server. */
export const backendsQuestion = 'show stat -1 2 -1'

/**
 * Backends without a server that could answer, by `show stat` (management guide, section 9.1): haproxy calls
 * a backend DOWN when it has servers and none of them is in use. No more than a prefix of a long answer's
 * columns is looked at: asked every few seconds, it must cost nothing.
 */
export function findLostBackends(text: string): readonly string[] {
  const [head = '', ...rows] = text.split('\n')
  const columns = head.replace(/^# /, '').split(',')
  const [name, status] = [columns.indexOf('pxname'), columns.indexOf('status')]
  if (name < 0 || status < 0) return []
  return rows.flatMap((row) => {
    const cells = row.split(',', status + 1)
    return cells[status] === 'DOWN' ? [cells[name] ?? ''] : []
  })
}

/** What an operator has to know of them. */
export function warnOfBackends(names: readonly string[]): readonly Warning[] {
  if (names.length === 0) return []
  const shown = names.slice(0, 3).join(', ')
  const more = names.length > 3 ? ` and ${names.length - 3} more` : ''
  const sentence = `no server is up in backend ${shown}${more}: the VIPs stay, since the peer has the same servers`
  return [warn('backend-down', sentence)]
}
