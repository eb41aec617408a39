/** What is on the disk before the node changes, so that a crash finds it, and how often the state is written. */
import { dirname, join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { journalFile } from '../../agent/apply/journal.ts'
import type { State } from '../../agent/store/state.ts'
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
  assert.is(saves, 3)
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
  assert.is(saves, 3, 'begun, failed, and the good release at the end')
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

test.run()
