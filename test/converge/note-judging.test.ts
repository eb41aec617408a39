import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { noteJudging, quarantineFelled } from '../../agent/converge/note-judging.ts'
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
  return { node, store, progress: { subject: 'Two' } } as unknown as Run
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
  for (const error of [new CommitError([]), new LocalError('no network')]) {
    const { after, end } = await judge(createNode(), error)
    assert.is(after, null)
    assert.is(end, error)
  }
})

test('one that the limits had to end is counted, until another one is judged', async () => {
  const node = createNode()
  const error = new LimitError([])
  assert.is((await judge(node, error)).after?.runs, 1)
  assert.is((await judge(node, error)).after?.runs, 2)
  const other = await judge(node, null, 'b'.repeat(40))
  assert.is(other.during?.runs, 1)
  assert.is(other.after, null)
})

test('after two it is in quarantine, which an operator can end', async () => {
  const node = createNode()
  await judge(node, new LimitError([]))
  assert.equal(await quarantineFelled({}, await runOf(node)), {})
  await judge(node, new LimitError([]))
  const quarantine = await quarantineFelled({}, await runOf(node))
  assert.match(quarantine[commit]?.reason ?? '', /has felled 2 runs/)
  assert.equal(await loadQuarantine(node.paths, node.system), quarantine)
  assert.is(await noted(node), null, 'it has two further ones once it is let through')
})

test('a folder, and what is in force, is judged without a note', async () => {
  assert.is((await judge(createNode(), null, null)).during, null)
  const node = createNode()
  const proven = node.commit('one')
  await node.run()
  assert.is((await judge(node, null, proven)).during, null)
})

test.run()
