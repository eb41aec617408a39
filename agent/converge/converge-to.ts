import { checkOnly } from '../apply/check-only.ts'
import type { TransactionInput } from '../apply/transaction-input.ts'
import { transact } from '../apply/transaction.ts'
import type { TransactionResult } from '../apply/transaction.ts'
import { checkNode } from '../checks/node/check-node.ts'
import { warn } from '../diagnostics/warning.ts'
import type { Warning } from '../diagnostics/warning.ts'
import { createGate } from '../health/gate.ts'
import { describePart } from '../plan/chosen-part.ts'
import { isWholeRun } from '../plan/plan.ts'
import { kinds } from '../resources/index.ts'
import { loadGoodHealth, saveGoodHealth } from '../store/good-health.ts'
import { loadProfile, saveProfile } from '../store/profile.ts'
import { loadSecrets, mergeSecrets, saveSecrets } from '../store/secrets.ts'
import { saveUsedFacts } from '../store/used-facts.ts'
import { CommitError, exitCode, LocalError } from '../system/errors.ts'
import { loadDesiredState, remoteOf } from './desired-state.ts'
import type { Checkout } from './desired-state.ts'
import { noteJudging } from './note-judging.ts'
import { askForKeepalived, askNobody } from './peer-keepalived.ts'
import { choiceOf } from './request.ts'
import type { Run } from './run.ts'

/**
 * Converges this node to what a folder asks of it. In check mode, lists what that would change.
 * @throws CommitError, UsageError or LocalError before anything was touched
 */
export async function convergeTo(checkout: Checkout, run: Run): Promise<TransactionResult> {
  const { mode, node, config, store, newer, on, progress } = run
  const { paths, system } = node
  // What is replaced or goes holds those of earlier releases; and an error may come before any is rendered
  const before = await loadSecrets(paths, system)
  progress.secrets = mergeSecrets(progress.secrets, before)
  const {
    desired: asked,
    profile,
    facts,
    last,
  } = await noteJudging(checkout.commit, run, () => loadDesiredState(checkout, run))
  const desired = { ...asked, secrets: mergeSecrets(asked.secrets, before) }
  progress.secrets = mergeSecrets(desired.secrets, progress.secrets)
  on({ type: 'asked' })
  const { commit } = checkout
  const choice = choiceOf(run)
  progress.part = describePart(choice, desired)
  const note = (warning: Warning): void => void progress.warnings.push(warning)
  const written = run.extraVars.length === 0 ? commit : null
  const isInForce = written !== null && written === store.state().applied?.commit
  const askPeers = async () =>
    askForKeepalived(await loadProfile(paths, system), profile, written, node.askPeers ?? askNobody)
  const input: TransactionInput = {
    desired,
    owned: store.state().owned,
    kinds,
    choice,
    system,
    on,
    paths,
    commit,
    ...(commit !== null && node.cache !== undefined && { last }),
    checkNode: async (changing) => {
      const found = await checkNode(
        {
          desired,
          changing,
          isTranslated: config?.address === 'any',
          askPeers: isInForce ? null : askPeers,
        },
        system,
      )
      found.warnings.forEach(note)
      if (found.problems.length > 0) throw new CommitError(found.problems)
    },
    gate: createGate(desired, {
      remote: remoteOf(checkout, run),
      newer,
      elsewhere: node.vipsElsewhere ?? (async () => null),
      // What counts is how it was with the whole of it
      ...(isWholeRun(choice) && {
        goodHealth: {
          load: () => loadGoodHealth(paths, system),
          save: (next) => saveGoodHealth(next, paths, system).catch(noteUnwritten(note)),
        },
      }),
      warn: note,
      on,
      system,
    }),
    remember: (owned) => store.save({ type: 'owned', owned }),
  }
  if (mode === 'plan') return checkOnly(input)
  const result = await transact(input)
  if (result.exitCode === exitCode.ok && isWholeRun(choice)) {
    progress.profile = profile
    await saveProfile(profile, paths, system).catch(noteUnwritten(note))
    await saveSecrets(desired.secrets, paths, system).catch(noteUnwritten(note))
    if (commit !== null) {
      await saveUsedFacts(facts, paths, system).catch(noteUnwritten(note))
    }
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
