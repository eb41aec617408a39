import { join } from 'node:path'
import { maskError } from '../diagnostics/mask.ts'
import type { Plan, Removal } from '../plan/plan.ts'
import type { FileWrite } from '../resources/kind.ts'
import { CommitError } from '../system/errors.ts'
import { plannedFiles } from './planned-files.ts'
import { createStage } from './stage.ts'
import type { TransactionInput } from './transaction-input.ts'
import { validate } from './validate.ts'

/**
 * Asks everything that can refuse a plan, with all of its files in place and nothing on the node changed.
 * Validators print what they read: secrets are masked in what they say.
 * @throws CommitError
 */
export async function stageAndValidate(plan: Plan, input: TransactionInput): Promise<void> {
  const drifted = plan.items.filter(({ changes }) => changes.length > 0)
  const planned = await plannedFiles(drifted, input.system)
  const files = [...planned.map(({ file }) => file), ...plan.removals.flatMap(removedFiles)]
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
    throw maskError(error, input.desired.secrets)
  } finally {
    await stage.dispose()
  }
}

/** Validators shall not find them any more. */
function removedFiles({ kind, owned }: Removal): readonly FileWrite[] {
  const files = kind.ownership?.effects(owned).files ?? []
  return files
    .filter(({ becomes }) => becomes === 'absent')
    .map(({ path }) => ({ path, content: null, mode: 0o644, owner: 'root', group: 'root' }))
}
