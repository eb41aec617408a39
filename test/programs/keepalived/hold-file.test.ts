import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { formatHolds, parseHolds } from '../../../agent/programs/keepalived/hold-file.ts'
import type { Hold } from '../../../agent/programs/keepalived/hold-file.ts'
import { readHolds, setHold } from '../../../agent/watch/holds.ts'

const test = suite<{ folder: string }>('hold file')
const since = '2024-01-02T12:00:00.000Z'
const hold = (owner: Hold['owner'], file: Hold['file'] = 'drain'): Hold => ({
  file,
  owner,
  reason: `the ${owner} says so`,
  since,
})

test.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'evenkeel-hold-'))
})
test.after.each(({ folder }) => rmSync(folder, { recursive: true }))

test('nobody holds: the number 0 and nothing else', () => {
  assert.is(formatHolds('fault', []), '0\n')
  assert.equal(parseHolds('fault', '0\n'), [])
})

for (const [file, number] of [
  ['fault', '1'],
  ['drain', '-100'],
] as const) {
  test(`${file}: keepalived's number comes first, and holds are read back`, () => {
    const holds = [hold('watch', file), hold('run', file)]
    const text = formatHolds(file, holds)
    assert.is(text.split('\n')[0], `${number} agent`)
    assert.equal(parseHolds(file, text), holds)
  })
}

test("an operator's word stands behind the number, so that the check without an agent heeds it", () => {
  assert.is(formatHolds('drain', [hold('run'), hold('operator')]).split('\n')[0], '-100 operator')
})

test('a number by hand is a wish of an operator', () => {
  for (const text of ['-100', '-50 operator\n', ' 1 \n']) {
    assert.is(parseHolds('drain', text)[0]?.owner, 'operator', text)
  }
})

test('what keepalived reads as 0 holds nothing', () => {
  for (const text of ['', 'x', '0 operator\n', '\n']) assert.equal(parseHolds('drain', text), [])
})

test('owners do not disturb each other', ({ folder }) => {
  setHold(folder, 'drain', 'run', hold('run'))
  setHold(folder, 'drain', 'operator', hold('operator'))
  setHold(folder, 'drain', 'run', null)
  assert.equal(readHolds(folder, 'drain'), [hold('operator')])
  setHold(folder, 'drain', 'operator', null)
  assert.is(readFileSync(join(folder, 'drain'), 'utf8'), '0\n')
})

test('the same again is not written, so that keepalived is not woken', ({ folder }) => {
  assert.is(setHold(folder, 'fault', 'watch', hold('watch', 'fault')), true)
  assert.is(setHold(folder, 'fault', 'watch', { ...hold('watch', 'fault'), since: 'later' }), false)
  assert.is(setHold(folder, 'fault', 'watch', { reason: 'another', since }), true)
})

test('what somebody else has reset is written again', ({ folder }) => {
  setHold(folder, 'fault', 'watch', hold('watch', 'fault'))
  writeFileSync(join(folder, 'fault'), '0\n')
  assert.is(setHold(folder, 'fault', 'watch', hold('watch', 'fault')), true)
})

test('no other file is left in the folder that keepalived watches', ({ folder }) => {
  setHold(folder, 'fault', 'watch', hold('watch', 'fault'))
  assert.equal(readdirSync(folder), ['fault'])
})

test('a folder that is not there is an error', ({ folder }) => {
  assert.throws(() => setHold(join(folder, 'no'), 'fault', 'watch', hold('watch')), /ENOENT/)
  assert.equal(readHolds(join(folder, 'no'), 'fault'), [])
})

test.run()
