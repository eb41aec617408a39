import { maskContent } from '../diagnostics/mask.ts'
import type { Mask } from '../diagnostics/mask.ts'
import type { Change } from '../resources/kind.ts'

const allHidden = '(hidden by no_log)'
const onlyHidden = 'only what is hidden differs'

/** A change that may be shown. With `hideAll` (a task's `no_log`) nothing of its values is left. */
export function maskChange(change: Change, mask: Mask, hideAll: boolean): Change {
  const show = (value: string | null): string | null => {
    if (value === null) return null
    return hideAll ? allHidden : maskContent(value, mask)
  }
  const shown = { ...change, before: show(change.before), after: show(change.after) }
  const isRotation = !hideAll && change.before !== change.after && shown.before === shown.after
  return isRotation && change.note === undefined ? { ...shown, note: onlyHidden } : shown
}
