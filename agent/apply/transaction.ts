import { join } from 'node:path'
import { applyPlan } from './apply-plan.ts'
import { removalResult, toResult } from './apply.ts'
import { createStage } from './stage.ts'
import { validate } from './validate.ts'
import { CommitError, exitCode } from '../errors.ts'
import type { ExitCode } from '../errors.ts'
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
import type { Listener, Outcome, Result } from '../report/report.ts'
import type { AnyKind, FileWrite, Owned } from '../resources/kind.ts'
import type { Desired, Resource } from '../roles/resource.ts'
import type { System } from '../system/system.ts'

/** What a transaction needs: the desired state, what we own on this node, and the machine. */
export interface TransactionInput {
  readonly desired: Desired
  readonly owned: readonly Owned[]
  readonly kinds: ReadonlyMap<string, AnyKind>
  readonly choice: TagChoice
  /** Work folder of this run, in memory: secrets of a refused commit never reach the disk. */
  readonly folder: string
  readonly system: System
  readonly on: Listener
  /** Told before anything is applied, and again at the end: these things exist because of us. */
  readonly remember: (owned: readonly Owned[]) => Promise<void>
}

/** How a transaction ended and what it did. */
export interface TransactionResult {
  readonly outcome: Outcome
  readonly exitCode: ExitCode
  readonly results: readonly Result[]
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
 * One transaction: plan; packages; stage and validate everything in place; apply; handlers; observe again.
 * @throws CommitError when something refuses the desired state, LocalError when the node is at fault;
 * in both cases before any file, rule, setting or service was touched
 */
export async function transact(input: TransactionInput): Promise<TransactionResult> {
  const { system, on, desired } = input
  const mask = createMask(desired.secrets)
  const context = { system, mask, on }
  const resources = chosen(input)
  const first = await makePlan(input, resources)
  if (isInSync(first)) return inSync(first, input, mask)

  const packages = first.items.filter(
    ({ resource, changes }) => resource.kind.early === true && changes.length > 0,
  )
  const early: Result[] = []
  if (packages.length > 0) {
    for (const { resource } of packages) on({ type: 'step', message: `installing ${resource.id}` })
    const plan = { items: packages, removals: [] }
    early.push(...(await applyPlan(plan, [], [], context)))
    if (early.some(({ status }) => status === 'failed')) return failed(early)
  }
  const now = packages.length > 0 ? await makePlan(input, resources) : first
  on({ type: 'step', message: 'validating the new files on the node as it would be' })
  await stageAndValidate(now, input)
  const owned = newlyOwned(now, input.owned)
  await input.remember(owned)

  const results = await applyPlan(now, resources, desired.handlers, context)
  const all = [...early, ...results, ...skipped(desired)]
  if (results.some(({ status }) => status === 'failed')) return failed(all)
  if (isWholeRun(input.choice)) {
    const claimed = claimedKeys(desired.resources)
    await input.remember(owned.filter((one) => claimed.has(ownedKey(one))))
  }
  return { outcome: 'converged', exitCode: exitCode.ok, results: all }
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
  const files = [
    ...drifted.flatMap(({ resource, state }) => resource.kind.writes?.(resource.spec, state) ?? []),
    ...plan.removals.flatMap(({ owned }) => removedFile(owned)),
  ]
  const stage = await createStage(files, join(input.folder, 'stage'), input.system)
  try {
    if (!stage.isOverlaid) {
      const message = 'this node refuses overlay mounts: new files are validated one by one'
      input.on({ type: 'step', message })
    }
    await validate(drifted, stage, input.system)
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

function inSync(plan: Plan, input: TransactionInput, mask: Mask): TransactionResult {
  const results = [...preview(plan, mask), ...skipped(input.desired)]
  results.forEach((result) => input.on({ type: 'result', result }))
  return { outcome: 'in-sync', exitCode: exitCode.ok, results }
}

function failed(results: readonly Result[]): TransactionResult {
  return { outcome: 'failed', exitCode: exitCode.failed, results }
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
