/** What is on the disk before the node changes, so that a crash finds it, and how often the state is written. */
import { dirname, join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { journalFile } from '../../agent/apply/journal.ts'
import { saveDisabled } from '../../agent/store/disabled.ts'
import { saveQuarantine } from '../../agent/store/quarantine.ts'
import { emptyState, saveState } from '../../agent/store/state.ts'
import type { State } from '../../agent/store/state.ts'
import { LocalError } from '../../agent/system/errors.ts'
import { createNode } from './node.ts'
import type { TestNode } from './node.ts'

interface Written {
  /** The state on the disk at the start of each change, in turn. */
  readonly changes: readonly State[]
  /** The state on the disk before the managed file was written, in turn. */
  readonly files: readonly State[]
  /** How often the state was written. */
  readonly saves: number
}

/** Looks at the disk while something runs. */
async function during(node: TestNode, act: () => Promise<unknown>): Promise<Written> {
  const changes: State[] = []
  const files: State[] = []
  let saves = 0
  node.beforeWrite(async (path, text) => {
    if (path.endsWith('/state.json')) saves += 1
    const isBegin = path === journalFile(node.paths) && text.includes('"phase":"applying"')
    if (isBegin) changes.push(await node.state())
    if (path === join(dirname(node.paths.config), 'etc/a.conf')) files.push(await node.state())
  })
  await act()
  node.beforeWrite(async () => {})
  return { changes, files, saves }
}

async function settled(): Promise<TestNode> {
  const node = createNode()
  node.commit('one')
  assert.is((await node.run()).exitCode, 0)
  return node
}

test('a first commit: begun and owned before anything is made, the rest at the end', async () => {
  const node = createNode()
  const commit = node.commit('one')
  const { changes, files, saves } = await during(node, () => node.run())
  assert.is(changes[0]?.attempted?.outcome, 'begun')
  assert.is(changes[0]?.attempted?.commit, commit)
  assert.equal(changes[0]?.owned, [])
  assert.is.not(files[0]?.owned.length, 0, 'what it makes is ours before it is there')
  assert.is(files[0]?.applied, null)
  assert.is(saves, 4, 'begun, owned before and after, and the end')
  const { applied, followed } = await node.state()
  assert.is(applied?.commit, commit)
  assert.is(followed?.commit, commit)
})

test('nothing to do: one save; a look: none', async () => {
  const node = await settled()
  assert.is((await during(node, () => node.run())).saves, 1)
  assert.is((await during(node, () => node.run({ mode: 'plan' }))).saves, 0)
})

test('a commit that fails: that is known before the good release is enforced in its place', async () => {
  const node = await settled()
  const bad = node.commit('two', 'false')
  node.drift()
  const { changes, saves } = await during(node, () => node.run())
  const [before, between] = changes
  assert.is(before?.attempted?.outcome, 'begun')
  assert.is(between?.attempted?.outcome, 'rolled-back')
  assert.is(between?.failing?.commit, bad)
  assert.is(between?.failing?.byCommit, 1)
  assert.is(saves, 7, 'begun, failed, the end, and twice owned before and after')
})

test('a way back: the pin is known before, and gone once it has failed', async () => {
  const node = await settled()
  const first = (await node.state()).applied?.commit
  node.commit('two')
  await node.run()
  const { changes } = await during(node, () => node.rollBack('1'))
  assert.is(changes[0]?.pinned?.commit, first)
  assert.is(node.file(), 'one')
})

test('a run that was cut short: that is known before this one may be held', async () => {
  const node = await settled()
  const commit = node.commit('two')
  const state = await node.state()
  const attempted = { commit, at: '2024-01-02T12:00:00.000Z', outcome: 'begun', subject: 'two' }
  await saveState({ ...state, attempted }, node.paths, node.system)
  const disabled = { reason: 'r', who: 'w', since: '2024-01-02T12:00:00.000Z', until: null }
  await saveDisabled(disabled, node.paths, node.system)
  assert.is((await node.run()).outcome, 'held')
  const { failing } = await node.state()
  assert.is(failing?.reason, 'the run was cut short')
})

/** No state can be written from now on. */
function fillState(node: TestNode): void {
  node.beforeWrite(async (path) => {
    if (path.endsWith('/state.json')) throw new LocalError(`${path}: the disk is full`)
  })
}

test('a release in force that can not be written down is a failure', async () => {
  const node = await settled()
  fillState(node)
  const { outcome, message } = await node.run()
  assert.is(outcome, 'failed')
  assert.match(message, 'state.json: the disk is full')
})

test('so it is while a newer commit is refused', async () => {
  const node = await settled()
  node.repo.git('commit', '--quiet', '--amend', '-m', 'another')
  fillState(node)
  assert.is((await node.run()).outcome, 'failed')
})

test('what went wrong is said all the same', async () => {
  const node = createNode()
  const commit = node.commit('one')
  const entry = { reason: 'web1 is down', at: '2024-01-02T12:00:00.000Z', subject: 'one' }
  await saveQuarantine({ [commit]: entry }, node.paths, node.system)
  await saveState(
    { ...emptyState, refused: { ...entry, commit, tag: null, kind: 'rewound' } },
    node.paths,
    node.system,
  )
  fillState(node)
  const { outcome, warnings } = await node.run()
  assert.is(outcome, 'refused')
  assert.equal(warnings.length, 1)
  assert.is(warnings[0]?.code, 'state-unwritten')
})

test.run()
