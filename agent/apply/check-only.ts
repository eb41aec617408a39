import { isInSync } from '../plan/plan.ts'
import { exitCode } from '../system/errors.ts'
import { fingerprintDrift } from './fingerprint-drift.ts'
import { chosenResources, makePlan } from './make-plan.ts'
import { preview } from './preview.ts'
import type { TransactionInput } from './transaction-input.ts'
import type { TransactionResult } from './transaction.ts'

/** Check mode: lists the drift of disk and running state, and changes nothing. */
export async function checkOnly(input: TransactionInput): Promise<TransactionResult> {
  const plan = await makePlan(input, chosenResources(input))
  const results = preview(plan, input.desired)
  results.forEach((result) => input.on({ type: 'result', result }))
  return isInSync(plan)
    ? { outcome: 'in-sync', exitCode: exitCode.ok, results }
    : { outcome: 'drift', exitCode: exitCode.drift, results, found: fingerprintDrift(plan) }
}
