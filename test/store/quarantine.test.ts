import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { findQuarantined, loadQuarantine, saveQuarantine } from '../../agent/store/quarantine.ts'
import type { Quarantine } from '../../agent/store/quarantine.ts'
import { LocalError, UsageError } from '../../agent/system/errors.ts'
import { createFiles } from '../../agent/system/files.ts'

const system = createFiles()
const folder = mkdtempSync(join(tmpdir(), 'evenkeel-quarantine-'))
const paths = { state: folder }
const file = join(folder, 'quarantine.json')
const [one, two, three] = ['cafe0123aa', 'cafe0123bb', 'beef'].map((start) => start.padEnd(40, '0'))
const entry = { reason: 'web1 is down', at: '2024-01-02T12:00:00.000Z', subject: 'Größer' }
const quarantine: Quarantine = { [one ?? '']: entry, [two ?? '']: entry, [three ?? '']: entry }

test.before.each(() => rmSync(file, { force: true }))
test.after(() => rmSync(folder, { recursive: true, force: true }))

test('without a file, none is quarantined', async () => {
  assert.equal(await loadQuarantine(paths, system), {})
})

test('what was saved is loaded, and closed to other users', async () => {
  await saveQuarantine(quarantine, paths, system)
  assert.equal(await loadQuarantine(paths, system), quarantine)
  assert.is(statSync(file).mode & 0o777, 0o600)
})

for (const content of [
  '',
  '{"version":1}',
  '{"version":2,"commits":{}}',
  '{"version":1,"commits":{"a":1}}',
]) {
  test(`${content || 'an empty file'} is damaged, and lets nothing through`, async () => {
    writeFileSync(file, content)
    try {
      await loadQuarantine(paths, system)
    } catch (error) {
      assert.instance(error, LocalError)
      return assert.match((error as Error).message, `"mv ${file} ${file}.damaged"`)
    }
    assert.unreachable()
  })
}

const found: readonly (readonly [string, string | undefined])[] = [
  ['beef000', three],
  ['CAFE0123A', one],
  [two ?? '', two],
]
for (const [prefix, commit] of found) {
  test(`${prefix} is found`, () => assert.is(findQuarantined(prefix, quarantine), commit))
}

const none: readonly (readonly [string, Quarantine, RegExp])[] = [
  ['cafe0123', quarantine, /more than one .*\n.*cafe0123aa00 "Größer"\n/],
  ['beef00', quarantine, /beef00 is not among/],
  ['deadbeef', quarantine, /deadbeef is not among the quarantined commits; name one of these/],
  ['.......', quarantine, /is not among/],
  ['beef000', {}, /no commit is quarantined on this node/],
]
for (const [prefix, list, message] of none) {
  test(`${prefix} of ${Object.keys(list).length} is not found`, () => {
    try {
      findQuarantined(prefix, list)
    } catch (error) {
      assert.instance(error, UsageError)
      return assert.match((error as Error).message, message)
    }
    assert.unreachable()
  })
}

test.run()
