import { closeSync, openSync, readSync } from 'node:fs'

/** Listeners of the largest configurations fit in; a row has 150 characters. */
const limit = 256 * 1024
const chunk = Buffer.alloc(16 * 1024)

/**
 * The rows of /proc/self/net/tcp or tcp6 that listen. The kernel writes these first (tcp_seq_start in
 * tcp_ipv4.c), so that a busy node's hundred thousand connections are not read.
 */
export function readListeningRows(table: string): string {
  let file: number
  try {
    file = openSync(table, 'r')
  } catch {
    // No IPv6 on this node
    return ''
  }
  try {
    let text = ''
    while (text.length < limit) {
      const length = readSync(file, chunk)
      if (length === 0) break
      text += chunk.toString('latin1', 0, length)
      const rows = text.split('\n')
      const end = rows.findIndex((row, index) => index > 0 && row !== '' && !isListening(row))
      // The last row may be half read
      if (end !== -1 && end < rows.length - 1) return rows.slice(0, end).join('\n')
    }
    return text
  } finally {
    closeSync(file)
  }
}

/** Columns: slot, local and remote address, state; 0A is LISTEN. proc_net(5). */
function isListening(row: string): boolean {
  return row.trimStart().split(/\s+/, 4)[3] === '0A'
}
