import type { Mask } from '../diagnostics/mask.ts'
import type { Result } from '../report/report.ts'
import { describeError } from '../system/errors.ts'
import { faultOf } from './fault.ts'

/** What became of a thing that was tried, as the report has it. */
export type Tried = Pick<Result, 'error' | 'fault' | 'duration'> & {
  readonly status: 'changed' | 'failed'
}

/** Does something that may fail. A failure is a result: who calls decides whether to go on. */
export async function tryTo(act: () => Promise<unknown>, mask: Mask): Promise<Tried> {
  const start = performance.now()
  try {
    await act()
    return { status: 'changed', duration: performance.now() - start }
  } catch (thrown) {
    const failure = { error: mask(describeError(thrown)), fault: faultOf(thrown) }
    return { status: 'failed', ...failure, duration: performance.now() - start }
  }
}
