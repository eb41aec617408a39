import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { writeJournal } from '../../agent/apply/journal.ts'
import type { Journal } from '../../agent/apply/journal.ts'
import { saveQuarantine } from '../../agent/store/quarantine.ts'
import { saveState } from '../../agent/store/state.ts'
import type { State } from '../../agent/store/state.ts'
import { linesOf } from '../lines-of.ts'
import { createNode } from './node.ts'
import type { TestNode } from './node.ts'

/** A node that is in line with a first commit. */
async function settled(): Promise<{ readonly node: TestNode; readonly good: string }> {
  const node = createNode()
  const good = node.commit('one')
  const { outcome, message } = await node.run()
  assert.is(outcome, 'converged', message)
  return { node, good }
}

test('a commit that fails is rolled back, tried once more, and then quarantined', async () => {
  const { node, good } = await settled()
  const bad = node.commit('two', 'false')
  const first = await node.run({ cause: 'schedule' })
  assert.is(first.exitCode, 3, first.message)
  assert.is(first.commit, bad)
  assert.match(first.message, 'the next run tries this one once more')
  assert.match(first.message, `in sync with ${good.slice(0, 8)} "one", which stays in force`)
  assert.is(node.file(), 'one')

  const second = await node.run({ cause: 'schedule' })
  assert.is(second.exitCode, 3)
  assert.match(second.message, `"evenkeel unquarantine ${bad.slice(0, 8)}"`)
  assert.match((await node.quarantine())[bad]?.reason ?? '', 'command false: false ended with')
  assert.is((await node.state()).failing, null)
})

test('while a commit is quarantined, drift is repaired from the good release', async () => {
  const { node, good } = await settled()
  const bad = node.commit('two', 'false')
  await node.run()
  await node.run()
  node.drift()
  const plan = await node.run({ mode: 'plan' })
  assert.is(plan.exitCode, 4)
  assert.is(node.file(), 'by hand')

  const report = await node.run()
  assert.is(report.outcome, 'refused')
  assert.is(report.exitCode, 4)
  assert.is(report.commit, bad)
  assert.is(node.file(), 'one')
  assert.match(report.message, `${bad.slice(0, 8)} "two" is quarantined since `)
  assert.match(report.message, `brought in line with ${good.slice(0, 8)} "one", which stays`)
  assert.is((await node.state()).applied?.commit, good)
})

test('the commit that mends it goes through at once', async () => {
  const { node } = await settled()
  node.commit('two', 'false')
  await node.run()
  await node.run()
  const fixed = node.commit('three')
  const report = await node.run({ cause: 'schedule' })
  assert.is(report.exitCode, 0, report.message)
  assert.is(node.file(), 'three')
  assert.is((await node.state()).applied?.commit, fixed)
})

test('a commit that is let through has all its attempts again', async () => {
  const { node } = await settled()
  const bad = node.commit('two', 'false')
  await node.run()
  await node.run()
  await saveQuarantine({}, node.paths, node.system)
  assert.is((await node.run()).exitCode, 3)
  assert.equal(await node.quarantine(), {})
  assert.is((await node.run()).exitCode, 3)
  assert.equal(Object.keys(await node.quarantine()), [bad])
})

test('a commit that can not be rendered is refused, and drift is repaired all the same', async () => {
  const { node, good } = await settled()
  node.commit('{{ nobody.knows }}')
  node.drift()
  const report = await node.run()
  assert.is(report.outcome, 'refused')
  assert.is(report.exitCode, 4)
  assert.match(report.message, 'copy.content: not defined')
  assert.match(report.message, 'The commit was refused')
  assert.match(report.problems[0]?.message ?? '', 'not defined')
  assert.match(report.message, `brought in line with ${good.slice(0, 8)} "one", which stays`)
  assert.is(node.file(), 'one')
  assert.equal(await node.quarantine(), {}, 'it is judged anew each time')
  assert.is((await node.run()).exitCode, 4)
})

test('a refused first commit leaves the node alone', async () => {
  const node = createNode()
  node.commit('{{ nobody.knows }}')
  const { exitCode, message } = await node.run()
  assert.is(exitCode, 4)
  assert.not.match(message, 'stays in force')
  assert.is(node.file(), null)
})

test('a first commit that fails is quarantined, too, and nothing is in force', async () => {
  const node = createNode()
  node.commit('one', 'false')
  await node.run()
  await node.run()
  const { outcome, exitCode, message } = await node.run()
  assert.is(outcome, 'refused')
  assert.is(exitCode, 4)
  assert.match(message, 'No good release is there to stay in force')
  assert.is(node.file(), null)
})

test('a fault of the node is tried again later, never quarantined, with the good release meanwhile', async () => {
  const { node, good } = await settled()
  node.commit('two')
  node.fillDisk(true)
  for (const minutes of [1, 2, 4]) {
    const failed = await node.run({ cause: 'schedule' })
    assert.is(failed.exitCode, 3, failed.message)
    assert.match(failed.message, "The fault is this node's")
    node.wait(minutes - 0.5)
    const held = await node.run({ cause: 'schedule' })
    assert.is(held.outcome, 'held')
    assert.is(held.exitCode, 5)
    assert.match(held.message, `in sync with ${good.slice(0, 8)} "one", which stays in force`)
    node.wait(0.5)
  }
  assert.equal(await node.quarantine(), {})
  node.fillDisk(false)
  assert.is((await node.run({ cause: 'schedule' })).exitCode, 0)
  assert.is(node.file(), 'two')
  assert.is((await node.state()).failing, null)
})

test('a person need not wait', async () => {
  const { node } = await settled()
  node.commit('two')
  node.fillDisk(true)
  for (let time = 0; time < 4; time++) assert.is((await node.run()).exitCode, 3)
  node.fillDisk(false)
  assert.is((await node.run({ cause: 'schedule' })).exitCode, 5)
  assert.is((await node.run()).exitCode, 0)
})

test('drift that is repaired while a commit waits is in the history', async () => {
  const { node } = await settled()
  node.commit('two', 'false')
  node.fillDisk(true)
  await node.run({ cause: 'schedule' })
  node.fillDisk(false)
  node.drift()
  const { outcome, results } = await node.run({ cause: 'schedule' })
  assert.is(outcome, 'held')
  assert.is(results.filter(({ status }) => status === 'changed').length, 1)
  assert.is(node.file(), 'one')
})

test('drift that can not be repaired is left alone for growing pauses', async () => {
  const { node, good } = await settled()
  node.drift()
  node.fillDisk(true)
  for (const minutes of [1, 2, 4]) {
    const failed = await node.run({ cause: 'schedule' })
    assert.is(failed.exitCode, 3, failed.message)
    assert.match(failed.message, 'The next try is after')
    node.wait(minutes - 0.5)
    for (const cause of ['schedule', 'drift'] as const) {
      const held = await node.run({ cause })
      assert.is(held.exitCode, 5, held.message)
      assert.match(held.message, `differs from ${good.slice(0, 8)}, and was left alone`)
      assert.match(held.message, 'ENOSPC')
    }
    node.wait(0.5)
  }
  assert.is((await node.state()).repair?.failures, 3)
  node.fillDisk(false)
  assert.is((await node.run({ cause: 'schedule' })).exitCode, 0)
  assert.is(node.file(), 'one')
  assert.is((await node.state()).repair, null)
})

test('other drift does not wait for the pause of the drift that could not be repaired', async () => {
  for (const [edit, isReadable] of [
    [(node: TestNode) => node.drift('by another hand'), true],
    [(node: TestNode) => node.drift(null), true],
    [(node: TestNode) => node.drift('that can not be read'), false],
  ] as const) {
    const { node } = await settled()
    node.drift()
    node.fillDisk(true)
    for (const minutes of [1, 2, 4]) {
      assert.is((await node.run({ cause: 'drift' })).exitCode, 3)
      node.wait(minutes)
    }
    assert.is((await node.run({ cause: 'drift' })).exitCode, 3)
    assert.is((await node.run({ cause: 'drift' })).exitCode, 5, 'the same drift is left alone')
    edit(node)
    node.breakReads(!isReadable)
    const { exitCode } = await node.run({ cause: 'drift' })
    assert.is(exitCode, isReadable ? 3 : 1, 'it is tried at once')
    assert.is((await node.state()).repair?.failures, 1)
    assert.is((await node.run({ cause: 'drift' })).exitCode, 5, 'and left alone then')
    node.breakReads(false)
    node.fillDisk(false)
    if (!isReadable) assert.is((await node.run({ cause: 'drift' })).outcome, 'converged')
  }
})

test('neither a person nor a newer commit waits for drift, and drift that is gone is forgotten', async () => {
  const fail = async (): Promise<TestNode> => {
    const { node } = await settled()
    node.drift()
    node.fillDisk(true)
    await node.run()
    node.fillDisk(false)
    assert.is((await node.run({ cause: 'schedule' })).exitCode, 5)
    return node
  }
  const person = await fail()
  assert.is((await person.run()).outcome, 'converged')
  assert.is((await person.state()).repair, null)

  const newer = await fail()
  newer.commit('two')
  assert.is((await newer.run({ cause: 'schedule' })).outcome, 'converged')
  assert.is((await newer.state()).repair, null)

  const mended = await fail()
  mended.mend()
  assert.is((await mended.run({ cause: 'schedule' })).outcome, 'in-sync')
  assert.is((await mended.state()).repair, null)
})

test('a bad commit is told as such while drift is left alone', async () => {
  const { node } = await settled()
  node.drift()
  node.fillDisk(true)
  await node.run()
  node.commit('{{ nobody.knows }}')
  const { exitCode, message } = await node.run({ cause: 'schedule' })
  assert.is(exitCode, 4)
  assert.match(message, 'was left alone')
})

test('a rollback stays until the branch moves on', async () => {
  const { node, good } = await settled()
  const second = node.commit('two')
  await node.run()
  const back = await node.rollBack('1')
  assert.is(back.exitCode, 0, back.message)
  assert.is(back.commit, good)
  assert.match(back.message, `until main moves on from ${second.slice(0, 8)}`)
  assert.is(node.file(), 'one')

  node.drift()
  const pinned = await node.run({ cause: 'schedule' })
  assert.is(pinned.exitCode, 0, pinned.message)
  assert.match(pinned.message, `${good.slice(0, 8)} "one" was chosen by hand`)
  assert.is(node.file(), 'one')
  assert.is((await node.state()).applied?.commit, good)

  node.commit('three')
  const { exitCode } = await node.run({ cause: 'schedule' })
  assert.is(exitCode, 0)
  assert.is(node.file(), 'three')
  const { pinned: pin, good: list } = await node.state()
  assert.is(pin, null)
  assert.equal(
    list.map(({ subject }) => subject),
    ['three', 'one'],
    'what was rolled back is no way back',
  )
})

test('a branch that was rewound does not end a rollback', async () => {
  const { node, good } = await settled()
  const second = node.commit('two')
  await node.run()
  node.commit('three')
  await node.run()
  await node.rollBack('2')
  node.repo.git('reset', '--quiet', '--hard', second)
  await node.run()
  assert.is(node.file(), 'one')
  assert.is((await node.state()).pinned?.commit, good)
})

test('going back to the newest commit ends a rollback, without the remote', async () => {
  const { node } = await settled()
  const second = node.commit('two')
  await node.run()
  await node.rollBack('1')
  node.repo.git('branch', '-m', 'main', 'gone')
  const { exitCode, message } = await node.rollBack(second.slice(0, 7))
  assert.is(exitCode, 0)
  assert.match(message, 'which this node follows again')
  assert.is(node.file(), 'two')
  assert.is((await node.state()).pinned, null)
})

test('a rollback that fails pins nothing, and the newest commit stays in force', async () => {
  const { node } = await settled()
  const second = node.commit('two')
  await node.run()
  node.fillDisk(true)
  const { exitCode } = await node.rollBack('1')
  node.fillDisk(false)
  assert.is(exitCode, 3)
  const { pinned, applied, failing } = await node.state()
  assert.is(pinned, null)
  assert.is(applied?.commit, second)
  assert.is(failing, null)
  assert.is((await node.run({ cause: 'schedule' })).outcome, 'in-sync')
})

test('with the remote out of reach, what was pinned or applied stays', async () => {
  const { node, good } = await settled()
  node.commit('two')
  await node.run()
  await node.rollBack('1')
  node.repo.git('branch', '-m', 'main', 'gone')
  node.drift()
  const { exitCode, warnings } = await node.run()
  assert.is(exitCode, 0)
  assert.match(linesOf(warnings), `; ${good.slice(0, 8)} "one" stays in force`)
  assert.equal(
    warnings.map(({ code }) => code),
    ['remote-unreachable'],
  )
  assert.is(node.file(), 'one')
})

test('a tag that no task has is wrong usage, in a run and in check mode', async () => {
  const { node } = await settled()
  for (const mode of ['converge', 'plan'] as const) {
    const { exitCode, message } = await node.run({ mode, tags: ['sitte'] })
    assert.is(exitCode, 64, message)
    assert.match(message, 'no task has the tag "sitte"; there are: site')
  }
})

test('tags and check mode remember nothing of a commit', async () => {
  const { node, good } = await settled()
  node.commit('two', 'false')
  for (let time = 0; time < 3; time++) {
    await node.run({ tags: ['site'] })
    await node.run({ mode: 'plan' })
  }
  const { applied, failing } = await node.state()
  assert.is(applied?.commit, good)
  assert.is(failing, null)
  assert.equal(await node.quarantine(), {})
})

/** The state that a run leaves which is cut short on its way to a commit. */
async function cutShort(node: TestNode, applied: string, commit: string): Promise<void> {
  const state = await node.state()
  const at = new Date(node.system.now()).toISOString()
  const failing = { commit, byCommit: 0, byNode: 3, notBefore: at, reason: 'disk full' }
  const cut: State = {
    ...state,
    applied: { commit: applied, at, subject: 'one' },
    attempted: { commit, at, outcome: 'begun', subject: 'two' },
    failing,
  }
  await saveState(cut, node.paths, node.system)
}

test('a commit that is cut short again and again gets a pause', async () => {
  const { node, good } = await settled()
  const second = node.commit('two')
  await cutShort(node, good, second)
  const { outcome, message } = await node.run({ cause: 'schedule' })
  assert.is(outcome, 'held')
  assert.match(message, 'the run was cut short')
  assert.is(node.file(), 'one')
})

test('a change that was cut short after it had passed is not taken back by a pause', async () => {
  const { node, good } = await settled()
  const second = node.commit('two')
  await node.run()
  await cutShort(node, good, second)
  const journal: Journal = {
    version: 1,
    phase: 'passed',
    commit: second,
    at: new Date(node.system.now()).toISOString(),
    restoredAt: null,
    things: [],
    handlers: [],
    owned: [],
    secrets: [],
  }
  await writeJournal(journal, node.paths, node.system)
  const { outcome, message } = await node.run({ cause: 'schedule' })
  assert.is(outcome, 'in-sync', message)
  assert.is(node.file(), 'two')
  assert.is((await node.state()).applied?.commit, second)
})

test('drift is repaired to the release in force, and the remote is not asked', async () => {
  const node = createNode()
  const first = node.commit('one')
  await node.run()
  node.commit('two')
  node.drift()
  const report = await node.run({ cause: 'drift' })
  assert.is(report.commit, first)
  assert.is(report.outcome, 'converged')
  assert.is(node.file(), 'one')
  await node.run({ cause: 'schedule' })
  assert.is(node.file(), 'two')
})

test('a release that was chosen by hand is the one that drift is repaired to', async () => {
  const node = createNode()
  node.commit('one')
  await node.run()
  node.commit('two')
  await node.run()
  await node.rollBack('1')
  node.drift()
  await node.run({ cause: 'drift' })
  assert.is(node.file(), 'one')
})

test('on a node without a release in force, drift asks for the first one', async () => {
  const node = createNode()
  node.commit('one')
  assert.is((await node.run({ cause: 'drift' })).outcome, 'converged')
})

test.run()
