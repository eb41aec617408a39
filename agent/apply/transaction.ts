import { createMask } from '../diagnostics/mask.ts'
import { claimedKeys, isInSync, isWholeRun, ownedKey } from '../plan/plan.ts'
import type { Plan } from '../plan/plan.ts'
import type { Fault, Outcome, Result } from '../report/report.ts'
import type { Owned } from '../resources/kind.ts'
import type { Resource } from '../roles/resource.ts'
import { describeError, exitCode } from '../system/errors.ts'
import type { ExitCode } from '../system/errors.ts'
import type { ApplyContext } from './apply.ts'
import { applyPlan } from './apply-plan.ts'
import { beginChange } from './change.ts'
import type { Change } from './change.ts'
import { faultOf, faultOfRun } from './fault.ts'
import { removeJournal } from './journal.ts'
import { judgeChange, notGated, tellGate } from './judge-change.ts'
import { chosenResources, makePlan } from './make-plan.ts'
import { ownedAfter } from './owned-after.ts'
import { preview, skipped } from './preview.ts'
import { putUnreadBack, rememberInLine } from './put-back.ts'
import { stageAndValidate } from './stage-and-validate.ts'
import type { TransactionInput } from './transaction-input.ts'

/** How a transaction ended and what it did. */
export interface TransactionResult {
  readonly outcome: Outcome
  readonly exitCode: ExitCode
  readonly results: readonly Result[]
  /** Whose fault it is that it failed or was rolled back. */
  readonly fault?: Fault
  /** The commit for which this one was taken back, before it had proven to be good or bad. */
  readonly newer?: string
  /** What differs, of a run that only looked (fingerprint-drift.ts). */
  readonly found?: string
}

/**
 * One transaction: plan; packages; stage and validate everything in place; baseline; journal; apply,
 * handlers, observe again; gate. It ends with all of the change or, rolled back, with nothing of it.
 * @throws CommitError when something refuses the desired state, LocalError when the node is at fault;
 * in both cases before any file, rule, setting or service was touched
 */
export async function transact(input: TransactionInput): Promise<TransactionResult> {
  const { on, desired } = input
  const resources = chosenResources(input)
  const observe = (): Promise<Plan> => makePlan(input, resources)
  const found = await observe()
  if (isInSync(found)) return inSync(found, input)
  const { results: back, plan: first } = await putUnreadBack(found, observe, input)
  if (hasFailed(back)) return { ...end('failed', back), fault: 'node' }
  if (isInSync(first)) return end('converged', [...back, ...tellRest(first, back, input)])

  const early = [...back, ...(await installPackages(first, input))]
  if (hasFailed(early)) return { ...end('failed', early), fault: 'node' }
  const plan = early.length > back.length ? await observe() : first
  on({ type: 'step', message: 'validating the new files on the node as it would be' })
  await stageAndValidate(plan, input)
  const judge = await input.gate?.(plan)

  const owned = ownedAfter(plan, input.owned)
  const undo = await beginChange(plan, input)
  on({ type: 'phase', phase: 'applying' })
  const tried = await tryToApply(plan, resources, owned, input)
  const { newer, results: gated } = hasFailed(tried) ? notGated : await judgeChange(judge, undo, on)
  const results = [...early, ...tried, ...gated, ...skipped(desired)]
  if (hasFailed(results)) return rollBack(results, newer, undo, input)

  await undo.forget()
  if (isWholeRun(input.choice)) {
    const claimed = claimedKeys(desired.resources)
    await input.remember(owned.filter((one) => claimed.has(ownedKey(one))))
  }
  if (input.last !== undefined) await rememberInLine(await observe(), input)
  return end('converged', results)
}

/** What is in sync, apart from what was told already. */
function tellRest(
  plan: Plan,
  told: readonly Result[],
  { desired, on }: TransactionInput,
): readonly Result[] {
  const known = new Set(told.map(({ resource }) => resource))
  const results = preview(plan, desired).filter(({ resource }) => !known.has(resource))
  results.forEach((result) => on({ type: 'result', result }))
  return results
}

/** Packages are outside the transaction: validators need them, and they are never taken back. */
async function installPackages(plan: Plan, input: TransactionInput): Promise<readonly Result[]> {
  const packages = plan.items.filter(
    ({ resource, changes }) => resource.kind.early === true && changes.length > 0,
  )
  for (const { resource } of packages) {
    input.on({ type: 'step', message: `installing ${resource.id}` })
  }
  return applyPlan({ items: packages, removals: [] }, [], [], applyContext(input))
}

/** An error while things are applied is a failure like any other: there is something to roll back. */
async function tryToApply(
  plan: Plan,
  resources: readonly Resource[],
  owned: readonly Owned[],
  input: TransactionInput,
): Promise<readonly Result[]> {
  try {
    await input.remember(owned)
    return await applyPlan(plan, resources, input.desired.handlers, applyContext(input))
  } catch (error) {
    const told = createMask(input.desired.secrets)(describeError(error))
    return [tellGate('applying', told, faultOf(error), input.on)]
  }
}

async function rollBack(
  results: readonly Result[],
  newer: string | null,
  undo: Change,
  input: TransactionInput,
): Promise<TransactionResult> {
  input.on({ type: 'phase', phase: 'rolling-back' })
  const undone = await undo.rollBack()
  // What is owned and not there costs nothing: a full disk must not hide what has happened
  await input.remember(input.owned).catch(() => {})
  const outcome = hasFailed(undone) ? 'failed' : 'rolled-back'
  const ended = end(outcome, [...results, ...undone])
  if (newer === null) return { ...ended, fault: faultOfRun(results, undone) }
  return outcome === 'rolled-back' ? { ...ended, newer } : ended
}

function applyContext({ system, on, desired }: TransactionInput): ApplyContext {
  return { system, on, mask: createMask(desired.secrets) }
}

function hasFailed(results: readonly Result[]): boolean {
  return results.some(({ status }) => status === 'failed')
}

/** What an earlier rollback could not bring back matters no more. */
async function inSync(plan: Plan, input: TransactionInput): Promise<TransactionResult> {
  if (isWholeRun(input.choice)) await removeJournal(input.paths, input.system)
  await rememberInLine(plan, input)
  await rememberHidden(plan, input)
  return end('in-sync', tellRest(plan, [], input))
}

/** What is hidden by `no_log` since a while ago is known to be, also once it is no longer desired. */
async function rememberHidden(plan: Plan, { owned, remember }: TransactionInput): Promise<void> {
  const now = ownedAfter(plan, owned)
  const isKnown = now.every(({ secret }, index) => secret === owned[index]?.secret)
  // Nothing was changed: a full disk does not make a failure of it
  if (!isKnown) await remember(now).catch(() => {})
}

function end(
  outcome: 'in-sync' | 'converged' | 'failed' | 'rolled-back',
  results: readonly Result[],
): TransactionResult {
  const code = { failed: exitCode.failed, 'rolled-back': exitCode.rolledBack } as const
  return {
    outcome,
    results,
    exitCode: outcome === 'failed' || outcome === 'rolled-back' ? code[outcome] : exitCode.ok,
  }
}
