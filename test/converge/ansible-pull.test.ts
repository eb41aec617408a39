/** What ansible-pull gets wrong without a word, each reproduced with it, and what a node does here instead. */
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { linesOf } from '../lines-of.ts'
import { allow, createSshSigner, signNothing } from '../source/signers.ts'
import { createNode } from './node.ts'
import type { TestNode } from './node.ts'

const ann = createSshSigner('ann')

/** A node in line with `one`, by Ann, which trusts her alone. */
async function settled(): Promise<{ readonly node: TestNode; readonly good: string }> {
  const node = createNode()
  const signers = join(dirname(node.paths.config), 'signers')
  writeFileSync(signers, allow(ann))
  node.configure(`verify:\n  allowed_signers: ${signers}\n`)
  ann.sign(node.repo)
  const good = node.commit('one')
  const { outcome, message } = await node.run()
  assert.is(outcome, 'converged', message)
  return { node, good }
}

const releases = (node: TestNode): readonly string[] =>
  readdirSync(join(node.paths.state, 'releases')).filter((name) => !name.endsWith('.listing'))

test('E1: a check that finds drift does not end with 0', async () => {
  const { node } = await settled()
  assert.is((await node.run({ mode: 'plan' })).exitCode, 0)
  node.drift()
  assert.is((await node.run({ mode: 'plan' })).exitCode, 2)
  assert.is(node.file(), 'by hand')
})

test('E2: a commit that only a check has seen is still applied by the next run', async () => {
  const { node } = await settled()
  const second = node.commit('two')
  assert.is((await node.run({ mode: 'plan' })).exitCode, 2)
  const { outcome, commit } = await node.run({ cause: 'schedule' })
  assert.is(outcome, 'converged')
  assert.is(commit, second)
  assert.is(node.file(), 'two')
})

test('E3: a commit that failed is tried again, though nothing new was pushed', async () => {
  const { node } = await settled()
  node.commit('two')
  node.fillDisk(true)
  const failed = await node.run({ cause: 'schedule' })
  assert.is(failed.exitCode, 3, failed.message)
  node.fillDisk(false)
  node.wait(2)
  const { exitCode, message } = await node.run({ cause: 'schedule' })
  assert.is(exitCode, 0, message)
  assert.is(node.file(), 'two')
})

test('E3: one that fails for good never ends with 0', async () => {
  const { node } = await settled()
  node.commit('two', 'false')
  for (const expected of [3, 3, 4, 4]) {
    assert.is((await node.run({ cause: 'schedule' })).exitCode, expected)
    assert.is(node.file(), 'one')
  }
})

test('E4: an unsigned commit is refused before anything of it is checked out', async () => {
  const { node, good } = await settled()
  signNothing(node.repo)
  node.commit('two')
  assert.is((await node.run()).exitCode, 4)
  assert.equal(releases(node), [good])
  assert.is(node.file(), 'one')
})

test('E5: a remote that is away is excused, a signature that is missing is not', async () => {
  const { node, good } = await settled()
  signNothing(node.repo)
  node.commit('two')
  assert.is((await node.run()).exitCode, 4)
  renameSync(node.repo.folder, `${node.repo.folder}.away`)
  node.drift()
  const { warnings, commit } = await node.run()
  assert.match(linesOf(warnings), /^remote-unreachable .*there is no such repo/)
  assert.is(commit, good)
  assert.equal(releases(node), [good])
  assert.is(node.file(), 'one')
  renameSync(`${node.repo.folder}.away`, node.repo.folder)
  assert.is((await node.run()).exitCode, 4)
})

test('E6: a branch that is reset to an older commit is refused', async () => {
  const { node } = await settled()
  const second = node.commit('two')
  await node.run()
  node.repo.git('reset', '--quiet', '--hard', 'HEAD~')
  const { exitCode, message } = await node.run()
  assert.is(exitCode, 4)
  assert.match(message, 'history was rewound')
  assert.is(node.file(), 'two')
  assert.is((await node.state()).applied?.commit, second)
})

test('E7: a handler runs though a later task failed when it was notified', async () => {
  const { node } = await settled()
  const folder = dirname(node.paths.config)
  const role = (last: string): Record<string, string> => ({
    'roles/site/tasks/main.yml': `- name: The file
  copy: {dest: ${folder}/etc/a.conf, content: "two\\n"}
  notify: Tell the service
- name: The command
  command: {argv: [${last}, ${folder}/done], creates: ${folder}/done}
`,
    'roles/site/handlers/main.yml': `- name: Tell the service
  command: {argv: [cp, ${folder}/etc/a.conf, ${folder}/running]}
`,
  })
  node.repo.commit(role('test'), 'two')
  assert.is((await node.run()).exitCode, 3)
  assert.is(node.file(), 'one', 'never a new file with an old service')
  const running = (): string | null =>
    existsSync(join(folder, 'running')) ? readFileSync(join(folder, 'running'), 'utf8') : null
  assert.is.not(running(), 'two\n')
  node.repo.commit(role('touch'), 'three')
  const { exitCode, message } = await node.run()
  assert.is(exitCode, 0, message)
  assert.is(node.file(), 'two')
  assert.is(running(), 'two\n')
})

test('E8: of two runs at once, one is held and says so', async () => {
  const { node } = await settled()
  node.commit('two')
  const codes = await Promise.all([node.run(), node.run()])
  assert.equal(codes.map(({ exitCode }) => exitCode).sort(), [0, 5])
  assert.is(node.file(), 'two')
})

test.run()
