import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { compareVersions, fitsPattern, highestTag } from '../../agent/source/tag-version.ts'
import { createRepo } from './git-repo.ts'

/** In ascending order. */
const ordered: readonly (readonly string[])[] = [
  ['v1.2.1', 'v1.3.0', 'v1.10.0', 'v2'],
  ['v2.0.0-alpha', 'v2.0.0-rc1', 'v2.0.0-rc2', 'v2.0.0-rc10', 'v2.0.0', 'v2.0.1-rc1', 'v2.0.1'],
  ['v1', 'v1.0', 'v1.0.0'],
  ['2024-12-31', '2025-01-02', '2025-01-10'],
  ['lb/7', 'lb/8', 'lb/10'],
]
for (const names of ordered) {
  test(`${names[0]} and so on are in order`, () => {
    assert.equal([...names].reverse().toSorted(compareVersions), names)
  })
  test(`git sorts ${names[0]} and so on alike`, () => {
    const repo = createRepo()
    repo.commit({ a: '1' })
    for (const name of names) repo.git('tag', name)
    const sorted = repo.git('-c', 'versionsort.suffix=-', 'tag', '--sort=version:refname')
    // Git sees a date as a version with pre-releases, where we see none: both are in order
    assert.equal(sorted.trim().split('\n'), names)
  })
}

test('a pattern stands for the whole name', () => {
  assert.ok(fitsPattern('v1.0', 'v*'))
  assert.ok(fitsPattern('lb/v1', 'lb/*'))
  assert.ok(fitsPattern('v1-lb', 'v*-lb'))
  assert.ok(fitsPattern('stable', 'stable'))
  assert.not(fitsPattern('web-v1', 'v*'))
  assert.not(fitsPattern('v1.0', 'v1'))
  assert.not(fitsPattern('aba', 'ab*ba'), 'head and tail do not overlap')
})

test('the highest one that fits', () => {
  assert.is(highestTag(['v1.9', 'v1.10', 'web-v7', 'v1.10-rc1'], 'v*'), 'v1.10')
  assert.is(highestTag(['web-v7'], 'v*'), undefined)
})

test.run()
