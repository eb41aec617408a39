import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { findGood } from '../../agent/store/good-release.ts'
import type { Release } from '../../agent/store/state.ts'
import { UsageError } from '../../agent/system/errors.ts'

const release = (commit: string, subject: string): Release => ({
  commit: commit.padEnd(40, '0'),
  at: '2024-01-02T12:00:00.000Z',
  subject,
})
const third = release('cafe0123', 'Third')
const second = release('cafe0456', 'Second')
const first = release('beef0789', 'First')
const good = [third, second, first]

const found: readonly (readonly [string, Release, Release])[] = [
  ['1', third, second],
  ['2', third, first],
  ['1', second, first],
  ['cafe0456', third, second],
  ['CAFE012', first, third],
  [first.commit, third, first],
]
for (const [wanted, applied, expected] of found) {
  test(`${wanted} with "${applied.subject}" applied is "${expected.subject}"`, () => {
    assert.equal(findGood(wanted, { applied, good }), expected)
  })
}

const none: readonly (readonly [string, Release | null, RegExp])[] = [
  ['3', third, /no good release 3 back from cafe0123 "Third"; .*\n.*Third.*\(in force\)\n.*1 back/],
  ['1', first, /no good release 1 back from .*\n.*\(newer\)\n.*\(newer\)\n.*\(in force\)$/],
  ['0', third, /0 is not among the good releases/],
  ['cafe0', third, /cafe0 is not among/],
  ['deadbeef', third, /deadbeef is not among the good releases of this node; these are/],
  ['main', third, /main is not among/],
  ['1', null, /nothing to go back to/],
]
for (const [wanted, applied, message] of none) {
  test(`${wanted} with ${applied?.subject ?? 'nothing'} applied is refused`, () => {
    try {
      findGood(wanted, { applied, good })
    } catch (error) {
      assert.instance(error, UsageError)
      return assert.match((error as Error).message, message)
    }
    assert.unreachable()
  })
}

test('7 digits that two releases share', () => {
  const twins = [release('cafe0123aa', 'A'), release('cafe0123bb', 'B')]
  const state = { applied: twins[0] ?? null, good: twins }
  assert.throws(() => findGood('cafe0123', state), /cafe0123 is not among/)
})

test.run()
