import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  changedPaths,
  expectedAfterRun,
  signatureOf,
} from '../../../agent/daemon/loop/signature.ts'
import type { Signature } from '../../../agent/daemon/loop/signature.ts'

const folder = mkdtempSync(join(tmpdir(), 'signature-'))
process.on('exit', () => rmSync(folder, { recursive: true }))
const file = join(folder, 'haproxy.cfg')

function read(path = file): Signature {
  const stat = lstatSync(path, { bigint: true, throwIfNoEntry: false })
  return stat === undefined ? null : signatureOf(stat)
}

for (const [what, edit] of [
  ['a write of the same length', () => writeFileSync(file, 'edited')],
  ['a truncation', () => truncateSync(file)],
  ['a chmod', () => chmodSync(file, 0o666)],
  [
    'a rename over it',
    () => {
      writeFileSync(`${file}.new`, 'before')
      renameSync(`${file}.new`, file)
    },
  ],
  ['a delete', () => rmSync(file)],
  [
    'a link in its place',
    () => {
      rmSync(file)
      symlinkSync('/dev/null', file)
    },
  ],
] as const) {
  test(`${what} shows`, () => {
    rmSync(file, { force: true })
    writeFileSync(file, 'before', { mode: 0o644 })
    const before = read()
    assert.is(read(), before)
    edit()
    assert.is.not(read(), before)
  })
}

test('what else is put into a folder does not show', () => {
  const sub = join(folder, 'errors')
  mkdirSync(sub)
  const before = read(sub)
  writeFileSync(join(sub, 'temp'), '')
  assert.is(read(sub), before)
  chmodSync(sub, 0o700)
  assert.is.not(read(sub), before)
})

test('paths that changed, came or went; those that are new to us did not change', () => {
  const before = new Map([
    ['same', '1'],
    ['written', '1'],
    ['deleted', '1'],
    ['made', null],
  ])
  const after = new Map([
    ['same', '1'],
    ['written', '2'],
    ['deleted', null],
    ['made', '1'],
    ['new', '1'],
  ])
  assert.equal(changedPaths(before, after), ['written', 'deleted', 'made'])
})

test('what a run wrote is no drift; what a person wrote meanwhile is', () => {
  const before = new Map([
    ['ours', '1'],
    ['theirs', '1'],
    ['gone', '1'],
    ['same', null],
  ])
  const after = new Map([
    ['ours', '2'],
    ['theirs', '2'],
    ['gone', null],
    ['same', null],
    ['new', '1'],
  ])
  const expected = expectedAfterRun(before, after, (path) => path === 'ours')
  assert.equal(changedPaths(expected, after), ['theirs', 'gone'])
})

test.run()
