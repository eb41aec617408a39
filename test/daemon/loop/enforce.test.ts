import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { RunEnd } from '../../../agent/converge/run.ts'
import { enforce } from '../../../agent/daemon/loop/enforce.ts'
import type { EnforceInput } from '../../../agent/daemon/loop/enforce.ts'
import type { Outcome } from '../../../agent/report/report.ts'

const report: EnforceInput = {
  cause: 'schedule',
  onDrift: 'report',
  applied: 'a',
  isUnfinished: false,
}

/** Modes of the runs that follow when a plan ends so. */
async function modes(
  input: Partial<EnforceInput>,
  commit = 'a',
  outcome: Outcome = 'drift',
): Promise<string> {
  const asked: string[] = []
  await enforce({ ...report, ...input }, async (request) => {
    asked.push(request.mode)
    return { report: { commit, outcome }, profile: null } as unknown as RunEnd
  })
  return asked.join(' ')
}

const cases: readonly (readonly [string, string, Partial<EnforceInput>, string?, Outcome?])[] = [
  ['drift is repaired', 'converge', { onDrift: 'repair' }],
  ['drift is looked at', 'plan', {}],
  ['by a drift event, too', 'plan', { cause: 'drift' }],
  ['a node on which nothing was applied yet', 'converge', { applied: null }],
  ['what a crash cut short', 'converge', { isUnfinished: true }],
  ['a new commit that differs', 'plan converge', {}, 'b'],
  ['a new commit that changes nothing here', 'plan converge', {}, 'b', 'in-sync'],
  ['a new commit that is refused', 'plan', {}, 'b', 'refused'],
  ['a new commit that waits', 'plan', {}, 'b', 'held'],
]
for (const [what, expected, input, commit, outcome] of cases) {
  test(`${what}: ${expected}`, async () => assert.is(await modes(input, commit, outcome), expected))
}

test.run()
