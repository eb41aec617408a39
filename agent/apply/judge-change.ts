import type { Judge, Judged } from '../health/gate.ts'
import type { Fault, Listener, Result } from '../report/report.ts'
import { describeError } from '../system/errors.ts'
import type { Change } from './change.ts'

/** What the report says of a gate. */
export interface Gated {
  readonly results: readonly Result[]
  readonly newer: string | null
}

/** Nothing was judged, and nothing is wrong. */
export const notGated: Gated = { results: [], newer: null }

/** The change passes, or says why not. Nothing passes behind a dead-man that has begun to bring things back. */
export async function judgeChange(
  judge: Judge | undefined,
  change: Pick<Change, 'watch' | 'pass'>,
  on: Listener,
): Promise<Gated> {
  const { faults, newer } =
    judge === undefined ? good : await watch(judge, change, on).catch(sayWhy)
  if (newer !== null) {
    const fault = `commit ${newer.slice(0, 8)} came, which goes first; so far: ${faults.join('; ')}`
    return { results: [tellGate('health', fault, null, on)], newer }
  }
  if (faults.length > 0) {
    return { ...notGated, results: faults.map((one) => tellGate('health', one, 'commit', on)) }
  }
  if (await change.pass()) return notGated
  const message = 'took too long, so that the dead-man has brought firewall and sysctl back'
  return { ...notGated, results: [tellGate('firewall and sysctl', message, 'node', on)] }
}

const good: Judged = { faults: [], newer: null }

async function watch(judge: Judge, change: Pick<Change, 'watch'>, on: Listener): Promise<Judged> {
  on({ type: 'step', message: 'watching the health of the node' })
  on({ type: 'phase', phase: 'watching' })
  await change.watch()
  return judge()
}

/** A health that can't be judged is no good one. */
function sayWhy(error: unknown): Judged {
  return { faults: [describeError(error)], newer: null }
}

/** Tells what keeps a change from passing. @param fault null: nobody's */
export function tellGate(
  resource: string,
  error: string,
  fault: Fault | null,
  on: Listener,
): Result {
  const result: Result = {
    role: '',
    task: 'the node is to be as healthy as before',
    resource,
    type: 'gate',
    status: 'failed',
    changes: [],
    notes: [],
    error,
    ...(fault !== null && { fault }),
    duration: 0,
  }
  on({ type: 'result', result })
  return result
}
