import { join } from 'node:path'
import { applyPlan } from './apply-plan.ts'
import { removalResult, toResult } from './apply.ts'
import type { ApplyContext } from './apply.ts'
import { beginChange } from './change.ts'
import type { Change } from './change.ts'
import { faultOf, faultOfRun } from './fault.ts'
import { removeJournal } from './journal.ts'
import { plannedFiles } from './planned-files.ts'
import { putUnreadBack, rememberInLine } from './put-back.ts'
import { createStage } from './stage.ts'
import type { LastInLine } from './unread.ts'
import { validate } from './validate.ts'
import { CommitError, describeError, exitCode } from '../errors.ts'
import type { ExitCode } from '../errors.ts'
import type { Paths } from '../paths.ts'
import {
  claimedKeys,
  isChosen,
  isInSync,
  isWholeRun,
  observeAll,
  observeRemovals,
  ownedKey,
} from '../plan/plan.ts'
import type { Plan, TagChoice } from '../plan/plan.ts'
import { createMask } from '../report/mask.ts'
import type { Mask } from '../report/mask.ts'
import type { Fault, Listener, Outcome, Result } from '../report/report.ts'
import type { AnyKind, FileWrite, Owned } from '../resources/kind.ts'
import type { Desired, Resource } from '../roles/resource.ts'
import type { System } from '../system/system.ts'

/** What a transaction needs: the desired state, what we own on this node, and the machine. */
export interface TransactionInput {
  readonly desired: Desired
  /** That the desired state comes from; null for a folder. */
  readonly commit: string | null
  readonly owned: readonly Owned[]
  readonly kinds: ReadonlyMap<string, AnyKind>
  readonly choice: TagChoice
  /** The journal is on disk, the stage in memory: secrets of a refused commit never reach the disk. */
  readonly paths: Pick<Paths, 'state' | 'run'>
  readonly system: System
  readonly on: Listener
  /** Told before anything is applied, and again at the end: these things exist because of us. */
  readonly remember: (owned: readonly Owned[]) => Promise<void>
  /**
   * Asks the node what validators of files let pass. Default: nothing is asked.
   * @param changing paths of the files that this run writes or removes
   * @throws CommitError
   */
  readonly checkNode?: (changing: ReadonlySet<string>) => Promise<void>
  /** Default: what was applied and is in sync is good. */
  readonly gate?: Gate
  /** Of earlier transactions with the same desired state. Default: nothing is known of them. */
  readonly last?: LastInLine
}

/** Takes the baseline, before the plan is applied. */
export type Gate = (plan: Plan) => Promise<Judge>
/** Judges the node afterwards, by a deadline of its own. */
export type Judge = () => Promise<Judged>

/** What a judge has found. */
export interface Judged {
  /** What got worse, one clause each; none is good. */
  readonly faults: readonly string[]
  /** A commit that came meanwhile and goes first: that this one is taken back says nothing about it. */
  readonly newer: string | null
}

/** How a transaction ended and what it did. */
export interface TransactionResult {
  readonly outcome: Outcome
  readonly exitCode: ExitCode
  readonly results: readonly Result[]
  /** Whose fault it is that it failed or was rolled back. */
  readonly fault?: Fault
  /** The commit for which this one was taken back, before it had proven to be good or bad. */
  readonly newer?: string
}

/** Check mode: lists the drift of disk and running state, and changes nothing. */
export async function checkOnly(input: TransactionInput): Promise<TransactionResult> {
  const mask = createMask(input.desired.secrets)
  const found = await makePlan(input, chosen(input))
  const results = [...preview(found, mask), ...skipped(input.desired)]
  results.forEach((result) => input.on({ type: 'result', result }))
  return isInSync(found)
    ? { outcome: 'in-sync', exitCode: exitCode.ok, results }
    : { outcome: 'drift', exitCode: exitCode.drift, results }
}

/**
 * One transaction: plan; packages; stage and validate everything in place; baseline; journal; apply,
 * handlers, observe again; gate. It ends with all of the change or, rolled back, with nothing of it.
 * @throws CommitError when something refuses the desired state, LocalError when the node is at fault;
 * in both cases before any file, rule, setting or service was touched
 */
export async function transact(input: TransactionInput): Promise<TransactionResult> {
  const { on, desired } = input
  const resources = chosen(input)
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

  const owned = newlyOwned(plan, input.owned)
  const undo = await beginChange(plan, input)
  on({ type: 'phase', phase: 'applying' })
  const tried = await tryToApply(plan, resources, owned, input)
  const { newer, results: gated } = hasFailed(tried) ? notGated : await passGate(judge, undo, on)
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
  const rest = preview(plan, createMask(desired.secrets)).filter((one) => !known.has(one.resource))
  const results = [...rest, ...skipped(desired)]
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

interface Gated {
  readonly results: readonly Result[]
  readonly newer: string | null
}

const notGated: Gated = { results: [], newer: null }

/** Nothing passes behind a dead-man that has begun to bring things back. */
async function passGate(judge: Judge | undefined, undo: Change, on: Listener): Promise<Gated> {
  const { faults, newer } = judge === undefined ? good : await watch(judge, undo, on).catch(sayWhy)
  if (newer !== null) {
    const fault = `commit ${newer.slice(0, 8)} came, which goes first; so far: ${faults.join('; ')}`
    return { results: [tellGate('health', fault, null, on)], newer }
  }
  if (faults.length > 0) {
    return { ...notGated, results: faults.map((one) => tellGate('health', one, 'commit', on)) }
  }
  if (await undo.pass()) return notGated
  const message = 'took too long, so that the dead-man has brought firewall and sysctl back'
  return { ...notGated, results: [tellGate('firewall and sysctl', message, 'node', on)] }
}

const good: Judged = { faults: [], newer: null }

async function watch(judge: Judge, undo: Change, on: Listener): Promise<Judged> {
  on({ type: 'step', message: 'watching the health of the node' })
  on({ type: 'phase', phase: 'watching' })
  await undo.watch()
  return judge()
}

/** A health that can't be judged is no good one. */
function sayWhy(error: unknown): Judged {
  return { faults: [describeError(error)], newer: null }
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

function tellGate(resource: string, error: string, fault: Fault | null, on: Listener): Result {
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

function hasFailed(results: readonly Result[]): boolean {
  return results.some(({ status }) => status === 'failed')
}

function chosen(input: TransactionInput): readonly Resource[] {
  return input.desired.resources.filter((resource) => isChosen(resource, input.choice))
}

async function makePlan(input: TransactionInput, resources: readonly Resource[]): Promise<Plan> {
  const owned = isWholeRun(input.choice) ? input.owned : []
  return {
    items: await observeAll(resources, input.system),
    removals: await observeRemovals(owned, input.desired.resources, input.kinds, input.system),
  }
}

async function stageAndValidate(plan: Plan, input: TransactionInput): Promise<void> {
  const drifted = plan.items.filter(({ changes }) => changes.length > 0)
  const planned = await plannedFiles(drifted, input.system)
  const files = [
    ...planned.map(({ file }) => file),
    ...plan.removals.flatMap(({ owned }) => removedFile(owned)),
  ]
  const stage = await createStage(files, join(input.paths.run, 'stage'), input.system)
  try {
    if (!stage.isOverlaid) {
      const message = 'this node refuses overlay mounts: new files are validated one by one'
      input.on({ type: 'step', message })
    }
    await input.checkNode?.(new Set(files.map(({ path }) => path)))
    await validate(drifted, planned, stage, input.system)
  } catch (error) {
    if (!(error instanceof CommitError)) throw error
    const mask = createMask(input.desired.secrets)
    throw new CommitError(
      error.problems.map(({ place, message }) => ({ place, message: mask(message) })),
    )
  } finally {
    await stage.dispose()
  }
}

/** An owned thing whose name is a path is a file; validators shall not find it any more. */
function removedFile(owned: Owned): readonly FileWrite[] {
  if (!owned.name.startsWith('/')) return []
  return [{ path: owned.name, content: null, mode: 0o644, owner: 'root', group: 'root' }]
}

/** What we owned already keeps what was there before us; the rest is new. */
function newlyOwned(plan: Plan, owned: readonly Owned[]): readonly Owned[] {
  const known = new Map(owned.map((one) => [ownedKey(one), one]))
  for (const { resource, state, changes } of plan.items) {
    if (changes.length === 0) continue
    for (const one of resource.kind.owned?.(resource.spec, state) ?? []) {
      if (!known.has(ownedKey(one))) known.set(ownedKey(one), one)
    }
  }
  return [...known.values()]
}

function preview(plan: Plan, mask: Mask): readonly Result[] {
  return [
    ...plan.items.map((item) =>
      toResult(item, 'task', item.changes.length > 0 ? 'changed' : 'ok', mask),
    ),
    ...plan.removals.map((removal) => removalResult(removal, 'changed', mask)),
  ]
}

/** What an earlier rollback could not bring back matters no more. */
async function inSync(plan: Plan, input: TransactionInput): Promise<TransactionResult> {
  if (isWholeRun(input.choice)) await removeJournal(input.paths, input.system)
  await rememberInLine(plan, input)
  return end('in-sync', tellRest(plan, [], input))
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

function skipped(desired: Desired): readonly Result[] {
  return desired.skipped.map(({ role, task }) => ({
    role,
    task,
    resource: 'skipped by when',
    type: 'task',
    status: 'skipped',
    changes: [],
    notes: [],
    duration: 0,
  }))
}
