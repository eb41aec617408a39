/** History moves forward only, unless a person accepts. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { createProgram } from '../../agent/cli/program.ts'
import { messageOf } from '../../agent/system/errors.ts'
import { createNode } from './node.ts'
import type { TestNode } from './node.ts'

async function accept(node: TestNode, ...words: readonly string[]): Promise<number> {
  return createProgram(node)(['node', 'evenkeel', 'accept', ...words])
}

async function errorOf(doing: Promise<unknown>): Promise<string> {
  return doing.then(
    () => 'nothing was thrown',
    (error: unknown) => messageOf(error),
  )
}

/** A node in line with `two`, whose branch was rewound to `one` and went on from there. */
async function forced(): Promise<{ readonly node: TestNode; readonly newest: string }> {
  const node = createNode()
  node.commit('one')
  node.commit('two')
  assert.is((await node.run()).exitCode, 0)
  node.repo.git('reset', '--quiet', '--hard', 'HEAD~')
  const newest = node.commit('three')
  const refused = await node.run()
  assert.is(refused.exitCode, 4, refused.message)
  return { node, newest }
}

test('what a person accepts goes through, and history goes on from there', async () => {
  const { node, newest } = await forced()
  assert.is(await accept(node, newest.slice(0, 7), '--reason', 'forced push by mistake'), 0)
  const report = await node.run({ cause: 'schedule' })
  assert.is(report.exitCode, 0, report.message)
  assert.match(report.message, /^\w{8} "three" was accepted by .+: forced push by mistake\.$/m)
  assert.is(node.file(), 'three')
  const { followed, refused } = await node.state()
  assert.is(followed?.commit, newest)
  assert.is(followed?.accepted?.reason, 'forced push by mistake')
  assert.is(refused, null)

  node.commit('four')
  assert.is((await node.run()).exitCode, 0)
  assert.is((await node.state()).followed?.accepted, null)
  node.repo.git('reset', '--quiet', '--hard', newest)
  assert.is((await node.run()).exitCode, 4, 'it was accepted once, not for ever')
  assert.is(node.file(), 'four')
})

test('only what is refused for its history can be accepted, or any by its full hash', async () => {
  const { node, newest } = await forced()
  assert.match(
    await errorOf(accept(node, 'deadbeef', '--reason', 'x')),
    `deadbeef is not a commit that can be accepted: ${newest.slice(0, 8)} "three" is refused`,
  )
  assert.match(await errorOf(accept(node, newest, '--reason', ' ')), '--reason is empty')
  assert.is(await accept(node, newest), 64)
  assert.is((await node.run()).exitCode, 4)

  node.repo.git('commit', '--quiet', '--amend', '-m', 'four')
  const ahead = node.repo.git('rev-parse', 'HEAD').trim()
  assert.is(await accept(node, ahead, '--reason', 'told by phone'), 0)
  assert.is((await node.run()).exitCode, 0)
  assert.is(node.file(), 'three')
})

test('accepting lifts a rollback by hand', async () => {
  const node = createNode()
  const first = node.commit('one')
  await node.run()
  node.commit('two')
  await node.run()
  await node.rollBack('1')
  node.repo.git('reset', '--quiet', '--hard', first)
  assert.is((await node.run()).exitCode, 0)
  assert.is((await node.state()).pinned?.commit, first)
  assert.is(await accept(node, first, '--reason', 'two is gone for good'), 0)
  assert.is((await node.run()).exitCode, 0)
  assert.is((await node.state()).pinned, null)
  node.commit('three')
  assert.is((await node.run()).exitCode, 0)
  assert.is(node.file(), 'three')
})

test('a commit that was never in force may be rewritten', async () => {
  const node = createNode()
  node.commit('one')
  await node.run()
  node.commit('{{ nobody.knows }}')
  assert.is((await node.run()).exitCode, 4)
  node.repo.git('reset', '--quiet', '--hard', 'HEAD~')
  node.commit('two')
  assert.is((await node.run()).exitCode, 0)
  assert.is(node.file(), 'two')
})

test('a repo that moved to another address goes on', async () => {
  const node = createNode()
  node.commit('one')
  await node.run()
  const moved = createNode()
  moved.repo.git('pull', '--quiet', node.repo.url, 'main')
  node.configure('', moved.repo.url)
  moved.repo.commit({ note: 'moved' }, 'two')
  assert.is((await node.run()).exitCode, 0)
  assert.is((await node.state()).applied?.subject, 'two')
})

test('a higher version of an annotated tag may come from another branch', async () => {
  const node = createNode()
  node.configure("tag: 'v*'\n")
  const first = node.commit('one')
  node.repo.git('tag', 'v1.0')
  await node.run()
  node.repo.git('checkout', '--quiet', '-b', 'fixes')
  node.commit('fixed')
  node.repo.git('tag', 'v1.0.1')
  const fixed = await node.run()
  assert.is(fixed.exitCode, 0, fixed.message)
  assert.is(node.file(), 'fixed')
  node.repo.git('checkout', '--quiet', 'main')
  node.commit('next')
  node.repo.git('tag', 'v1.10')
  assert.match((await node.run()).message, 'history was rewritten', 'a lightweight one may not')
  node.repo.git('tag', '-f', '-m', 'x', 'v1.10')
  assert.is((await node.run()).exitCode, 0)
  assert.is(node.file(), 'next')
  assert.is((await node.state()).followed?.tag, 'v1.10')
  node.repo.git('tag', '-m', 'x', 'v2.0', first)
  assert.match((await node.run()).message, 'history was rewound')
})

test.run()
