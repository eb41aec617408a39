import type { Warning } from '../agent/diagnostics/warning.ts'

/** Warnings as text, a line each: `remote-unreachable config repo …`. */
export function linesOf(warnings: readonly Warning[]): string {
  return warnings.map(({ code, text }) => `${code} ${text}`).join('\n')
}
