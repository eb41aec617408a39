import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { closingSentence, combineEnds, endOfError } from '../../agent/report/closing.ts'
import { CommitError, LocalError } from '../../agent/system/errors.ts'

const problem = { place: { file: 'roles/x/tasks/main.yml', line: 7 }, message: 'no' }
const coded = { ...problem, message: 'held [haproxy-port-held]', code: 'haproxy-port-held' }

test('a refused commit has its problems with their codes, also when another one is enforced', () => {
  const refused = endOfError(new CommitError([coded, problem]))
  assert.is(refused.outcome, 'refused')
  assert.equal(refused.problems, [coded, problem])
  const good = { outcome: 'in-sync', exitCode: 0, results: [], message: 'in sync' } as const
  assert.equal(combineEnds(refused, good).problems, [coded, problem])
})

test('what fails on the node is no problem of the commit', () => {
  assert.is(endOfError(new LocalError('disk full')).problems, undefined)
})

test('a run with tags says that it saw a part', () => {
  const about = { node: 'lb1', commit: '1234567890', subject: 'One' }
  const end = { outcome: 'in-sync', exitCode: 0, results: [] } as const
  const whole = 'lb1 is in sync with 12345678 "One"; nothing to do.'
  assert.is(closingSentence(end, { ...about, part: null }), whole)
  assert.is(
    closingSentence(end, { ...about, part: '2 resources with tag haproxy' }),
    `${whole} Only 2 resources with tag haproxy took part; the others were not looked at.`,
  )
})

test.run()
