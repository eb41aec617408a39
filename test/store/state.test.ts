import { cpSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { emptyState, loadState, saveState } from '../../agent/store/state.ts'
import type { State } from '../../agent/store/state.ts'
import { LocalError } from '../../agent/system/errors.ts'
import { createFiles } from '../../agent/system/files.ts'

const system = createFiles()
const folder = mkdtempSync(join(tmpdir(), 'evenkeel-state-'))
const paths = { state: folder }
const file = join(folder, 'state.json')
const copy = join(folder, 'state.json.copy')

const state: State = {
  version: 1,
  applied: { commit: 'a'.repeat(40), at: '2024-01-02T12:00:00.000Z', subject: 'Größer' },
  attempted: { commit: 'b'.repeat(40), at: '2024-01-02T12:01:00.000Z', outcome: 'failed' },
  good: [{ commit: 'a'.repeat(40), at: '2024-01-02T12:00:00.000Z', subject: 'Größer' }],
  pinned: null,
  failing: null,
  repair: null,
  followed: null,
  refused: null,
  verified: [],
  owned: [
    { kind: 'sysctl', name: 'net.ipv4.ip_nonlocal_bind', before: '0' },
    { kind: 'copy', name: '/etc/haproxy/haproxy.cfg', before: null },
  ],
}

test.before.each(() => {
  rmSync(file, { force: true })
  rmSync(copy, { force: true })
})
test.after(() => rmSync(folder, { recursive: true, force: true }))

async function damage(): Promise<string> {
  try {
    await loadState(paths, system)
  } catch (error) {
    if (error instanceof LocalError) return error.message
    throw error
  }
  throw new Error('it was read')
}

test('a node without a state starts with none', async () => {
  assert.equal(await loadState(paths, system), emptyState)
})

test('what was saved is loaded, and closed to other users', async () => {
  await saveState(state, paths, system)
  assert.equal(await loadState(paths, system), state)
  assert.is(statSync(file).mode & 0o777, 0o600)
  assert.is(statSync(copy).mode & 0o777, 0o600)
})

test('the state of an earlier version is loaded, and what it applied is good', async () => {
  const { version, applied, attempted, owned } = state
  writeFileSync(file, JSON.stringify({ version, applied, attempted, owned }))
  assert.equal(await loadState(paths, system), state)
  writeFileSync(file, JSON.stringify({ version, applied: null, attempted, owned }))
  assert.equal((await loadState(paths, system)).good, [])
})

test('a pin, and a commit that fails, are remembered', async () => {
  const [release] = state.good
  const pinned = release && { ...release, from: 'b'.repeat(40) }
  const failing = {
    commit: 'b'.repeat(40),
    byCommit: 1,
    byNode: 2,
    notBefore: null,
    reason: 'disk full',
  }
  const full: State = { ...state, pinned: pinned ?? null, failing }
  await saveState(full, paths, system)
  assert.equal(await loadState(paths, system), full)
})

const broken: readonly (readonly [string, string, RegExp])[] = [
  ['empty', '', /is damaged \(Unexpected end/],
  ['cut short', JSON.stringify(state).slice(0, 90), /is damaged \(/],
  ['not of this shape', '{"version":1,"applied":null,"attempted":null}', /is damaged \(owned: /],
  [
    'holding an owned thing without a name',
    JSON.stringify({ ...state, owned: [{ kind: 'copy', before: null }] }),
    /is damaged \(owned\.0\.name: /,
  ],
  ['from a later version', JSON.stringify({ ...state, version: 2 }), /another version of Evenkeel/],
  [
    'holding a key of a later version',
    JSON.stringify({ ...state, more: 1 }),
    /is damaged \(more: /,
  ],
]
for (const [name, content, message] of broken) {
  test(`a state that is ${name} stops the run and stays as it is`, async () => {
    writeFileSync(file, content)
    for (let run = 0; run < 2; run++) assert.match(await damage(), message)
    assert.is(readFileSync(file, 'utf8'), content)
  })
}

test('the message tells the way back to all that is owned, and the way works', async () => {
  await saveState(state, paths, system)
  await saveState({ ...state, applied: null }, paths, system)
  writeFileSync(file, '')
  assert.match(await damage(), new RegExp(`"cp ${copy} ${file}" brings back all 2 things`))
  cpSync(copy, file)
  assert.equal((await loadState(paths, system)).owned, state.owned)
})

test('the copy follows each change of what is owned', async () => {
  await saveState(state, paths, system)
  const owned = [...state.owned, { kind: 'copy', name: '/etc/new', before: null }]
  await saveState({ ...state, owned }, paths, system)
  cpSync(copy, file)
  assert.equal((await loadState(paths, system)).owned, owned)
})

test('nothing but what is owned writes the copy', async () => {
  await saveState(state, paths, system)
  const { ino } = statSync(copy)
  await saveState({ ...state, attempted: null }, paths, system)
  assert.is(statSync(copy).ino, ino)
})

test('without a copy the message tells what is lost by starting afresh', async () => {
  writeFileSync(file, '{')
  assert.match(await damage(), /what the repo no longer names is not taken back$/)
})

test.run()
