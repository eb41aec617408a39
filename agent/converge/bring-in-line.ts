import { checkOnly } from '../apply/check-only.ts'
import type { TransactionInput } from '../apply/transaction-input.ts'
import { transact } from '../apply/transaction.ts'
import type { TransactionResult } from '../apply/transaction.ts'
import { checkNode } from '../checks/node/check-node.ts'
import { warn } from '../diagnostics/warning.ts'
import type { Warning } from '../diagnostics/warning.ts'
import { createGate } from '../health/gate.ts'
import { isWholeRun } from '../plan/plan.ts'
import { kinds } from '../resources/index.ts'
import { parseRemote } from '../source/remote-address.ts'
import type { Memory } from '../store/memory.ts'
import { saveProfile } from '../store/profile.ts'
import { CommitError, exitCode, LocalError } from '../system/errors.ts'
import { loadDesiredState } from './desired-state.ts'
import type { Run } from './run.ts'

/**
 * Brings this node in line with a folder of desired state: its release, or the one of `-i`. In check mode,
 * lists what that would change.
 * @param checkOut gives the folder
 * @param commit that the folder holds; null for the one of `-i`
 * @throws CommitError, UsageError or LocalError before anything was touched
 */
export async function bringInLine(
  checkOut: () => Promise<string>,
  commit: string | null,
  memory: Memory,
  run: Run,
): Promise<TransactionResult> {
  const { desired, profile, last } = await loadDesiredState(checkOut, commit, run)
  const { request, node, config, newer, on, progress } = run
  const { paths, system } = node
  const note = (warning: Warning): void => void progress.warnings.push(warning)
  const remote = config === null || commit === null ? null : parseRemote(config.repo)
  const input: TransactionInput = {
    desired,
    owned: memory.state().owned,
    kinds,
    choice: request.choice,
    system,
    on,
    paths,
    commit,
    ...(commit !== null && node.cache !== undefined && { last }),
    checkNode: async (changing) => {
      const found = await checkNode(
        { desired, changing, isTranslated: config?.address === 'any' },
        system,
      )
      found.warnings.forEach(note)
      if (found.problems.length > 0) throw new CommitError(found.problems)
    },
    gate: createGate(desired, {
      remote,
      newer,
      elsewhere: node.vipsElsewhere ?? (async () => null),
      warn: note,
      on,
      system,
    }),
    remember: (owned) => memory.update((state) => ({ ...state, owned })),
  }
  if (request.mode === 'plan') return checkOnly(input)
  const result = await transact(input)
  if (result.exitCode === exitCode.ok && isWholeRun(request.choice)) {
    progress.profile = profile
    await saveProfile(profile, paths, system).catch(noteUnwritten(note))
  }
  return result
}

/** What was changed has passed: a full disk must not make a failure of it. */
function noteUnwritten(note: (warning: Warning) => void): (error: unknown) => void {
  return (error) => {
    if (!(error instanceof LocalError)) throw error
    note(warn('state-unwritten', error.message))
  }
}
