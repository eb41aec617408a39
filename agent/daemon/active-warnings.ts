import type { Emitter } from '../diagnostics/emitter.ts'
import { distinct } from '../diagnostics/warning.ts'
import type { Warning } from '../diagnostics/warning.ts'
import type { DaemonEvent, WarningSource } from './event.ts'
import type { Part } from './part.ts'

/** What is not as it should be at the moment. Tells when a warning begins, and when it has ended. */
export interface ActiveWarnings extends Part {
  /** All that a source has found; what it does not name any more has ended. */
  set(source: WarningSource, warnings: readonly Warning[]): void
}

export function collectWarnings({ emit }: Pick<Emitter<DaemonEvent>, 'emit'>): ActiveWarnings {
  const bySource = new Map<WarningSource, readonly Warning[]>()
  return {
    set(source, found) {
      const before = bySource.get(source) ?? []
      const warnings = distinct(found)
      bySource.set(source, warnings)
      for (const warning of missing(before, warnings)) {
        emit({ type: 'warning-ended', source, warning })
      }
      for (const warning of missing(warnings, before)) {
        emit({ type: 'warning-began', source, warning })
      }
    },
    status: () => ({ warnings: distinct([...bySource.values()].flat()) }),
    stop() {},
  }
}

/** Those of `some` that are not among the others. */
function missing(some: readonly Warning[], others: readonly Warning[]): readonly Warning[] {
  return some.filter(({ code, text }) => !others.some((it) => it.code === code && it.text === text))
}
