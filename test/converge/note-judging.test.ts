import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { countFelling, noteJudging, quarantineFelled } from '../../agent/converge/note-judging.ts'
import type { Run } from '../../agent/converge/run.ts'
import { loadFelled } from '../../agent/store/felled.ts'
import type { Felled } from '../../agent/store/felled.ts'
import { loadQuarantine } from '../../agent/store/quarantine.ts'
import { openStore } from '../../agent/store/store.ts'
import { CommitError, LimitError, LocalError } from '../../agent/system/errors.ts'
import { createNode } from './node.ts'
import type { TestNode } from './node.ts'

const commit = 'a'.repeat(40)

async function runOf(node: TestNode): Promise<Run> {
  const store = await openStore(node.paths, node.system)
  return { node, store, on: () => {}, progress: { subject: 'Two' } } as unknown as Run
}

const noted = async (node: TestNode): Promise<Felled | null> => loadFelled(node.paths, node.system)

/** What is noted while a commit is judged, and what is left when that has ended. */
async function judge(node: TestNode, error: Error | null = null, target: string | null = commit) {
  const run = await runOf(node)
  let during: Felled | null = null
  const judged = noteJudging(target, run, async () => {
    during = await noted(node)
    if (error !== null) throw error
    return 'judged'
  })
  const end = await judged.catch((caught: unknown) => caught)
  return { during: during as Felled | null, after: await noted(node), end }
}

test('it is noted while it is judged, and not any longer', async () => {
  const { during, after, end } = await judge(createNode())
  assert.equal(during, { commit, subject: 'Two', runs: 1 })
  assert.is(after, null)
  assert.is(end, 'judged')
})

test('a commit that is refused, or a node at fault, has felled nothing', async () => {
  for (const error of [new CommitError([]), new LimitError([]), new LocalError('no network')]) {
    const { after, end } = await judge(createNode(), error)
    assert.is(after, null)
    assert.is(end, error)
  }
})

test('what has felled a run is counted, until another one is judged', async () => {
  const node = createNode()
  await countFelling(commit, await runOf(node))
  const again = await judge(node)
  assert.is(again.during?.runs, 2, 'it may fell this run, too')
  assert.is(again.after?.runs, 1)
  const other = await judge(node, null, 'b'.repeat(40))
  assert.is(other.during?.runs, 1)
  assert.is(other.after, null)
})

test('after two it is in quarantine, which an operator can end', async () => {
  const node = createNode()
  await countFelling(commit, await runOf(node))
  assert.equal(await quarantineFelled({}, await runOf(node)), {})
  await countFelling(commit, await runOf(node))
  const quarantine = await quarantineFelled({}, await runOf(node))
  assert.match(quarantine[commit]?.reason ?? '', /has felled 2 runs/)
  assert.equal(await loadQuarantine(node.paths, node.system), quarantine)
  assert.is(await noted(node), null, 'it has two further ones once it is let through')
})

test('a regular expression without end is refused twice by its limit, and then at once', async () => {
  const node = createNode()
  node.commit('one')
  await node.run()
  const line = `"${'a'.repeat(40)}!"`
  node.repo.commit(
    {
      'roles/site/tasks/main.yml': `- name: A line\n  lineinfile: {path: ${node.path}, line: ${line}, regexp: '^(a+)+$'}\n`,
    },
    'endless',
  )
  node.drift('a'.repeat(40) + '!')
  for (const expected of [/does not come to an end/, /does not come to an end/, /is quarantined/]) {
    const { exitCode, message } = await node.run()
    assert.is(exitCode, 4, message)
    assert.match(message, expected)
    assert.is(node.file(), 'one', 'drift is repaired all the same')
    node.drift('a'.repeat(40) + '!')
  }
})

test('a folder, and what is in force, is judged without a note', async () => {
  assert.is((await judge(createNode(), null, null)).during, null)
  const node = createNode()
  const proven = node.commit('one')
  await node.run()
  assert.is((await judge(node, null, proven)).during, null)
})

test.run()
