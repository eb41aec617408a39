import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { createDesiredCache } from '../../agent/converge/desired-cache.ts'
import { linesOf } from '../lines-of.ts'
import { createNode } from './node.ts'
import type { TestNode } from './node.ts'

/** Whether something of a release, or of a role, was read since the last call. */
function hasRendered(node: TestNode): boolean {
  return node.reads().some((path) => path.startsWith(join(node.paths.state, 'releases')))
}

const memory = (kilobytes: number): string => `MemTotal: ${kilobytes} kB\n`

test('with nothing new, nothing is checked out, read or rendered, and all is observed', async () => {
  const node = createNode(createDesiredCache())
  const commit = node.commit('one')
  const release = join(node.paths.state, 'releases', commit)
  await node.run()
  assert.ok(hasRendered(node))
  rmSync(release, { recursive: true })
  for (const cause of ['schedule', 'person', 'drift'] as const) {
    assert.is((await node.run({ cause })).outcome, 'in-sync')
    node.drift()
    const { outcome, results } = await node.run({ cause })
    assert.is(outcome, 'converged', 'a hand edit is seen')
    assert.is(results[0]?.changes[0]?.before, 'by hand\n')
    assert.is(node.file(), 'one')
  }
  assert.not(hasRendered(node))
  assert.not(existsSync(release))
})

test('without a cache, a release is compared with its commit at each run', async () => {
  const node = createNode()
  const commit = node.commit('one')
  await node.run()
  rmSync(join(node.paths.state, 'releases', commit), { recursive: true })
  assert.is((await node.run()).outcome, 'in-sync')
  assert.ok(existsSync(join(node.paths.state, 'releases', commit)))
})

test('another commit, and the way back to the first, bring what they say', async () => {
  const node = createNode(createDesiredCache())
  node.commit('one')
  await node.run()
  node.commit('two')
  await node.run()
  assert.is(node.file(), 'two')
  hasRendered(node)
  await node.rollBack('1')
  assert.is(node.file(), 'one')
  assert.not(hasRendered(node), 'it was worked out before')
})

test('a fact counts that was used, and no other', async () => {
  const node = createNode(createDesiredCache())
  node.pretend('/proc/meminfo', memory(2_048_000))
  node.commit('{{facts.memtotal_mb}}')
  await node.run()
  assert.is(node.file(), '2000')
  hasRendered(node)
  node.pretend('/etc/machine-id', 'another\n')
  assert.is((await node.run()).outcome, 'in-sync')
  assert.not(hasRendered(node))
  node.pretend('/proc/meminfo', memory(4_096_000))
  assert.is((await node.run()).outcome, 'converged')
  assert.is(node.file(), '4000')
})

test('other variables are another desired state', async () => {
  const node = createNode(createDesiredCache())
  node.commit('{{word}}')
  for (const word of ['a', 'b', 'a']) {
    await node.run({ extraVars: [['word', word]] })
    assert.is(node.file(), word)
  }
})

test('what a cached release warns of is said at each run', async () => {
  const node = createNode(createDesiredCache())
  node.repo.commit({ 'inventory/host_vars/nobody.yml': 'a: 1\n' }, 'stray')
  node.commit('one')
  for (const _ of [1, 2]) {
    const { warnings } = await node.run()
    assert.match(
      linesOf(warnings),
      /^inventory-file-ignored inventory\/host_vars\/nobody\.yml: .*$/,
    )
  }
})

test('a commit that is refused is read anew each time', async () => {
  const node = createNode(createDesiredCache())
  node.commit('{{nothing}}')
  assert.is((await node.run()).outcome, 'refused')
  hasRendered(node)
  assert.is((await node.run()).outcome, 'refused')
  assert.ok(hasRendered(node))
})

test('what a node has lost makes no bad release of a good one, in this process or the next', async () => {
  for (const cache of [createDesiredCache(), undefined]) {
    const node = createNode(cache)
    node.pretend('/etc/os-release', 'ID=debian\nVERSION_ID=12\n')
    node.commit('{{facts.os_family}} {{facts.memtotal_mb}}')
    node.pretend('/proc/meminfo', memory(2_048_000))
    await node.run()
    assert.is(node.file(), 'Debian 2000')
    node.pretend('/etc/os-release', '')
    node.pretend('/usr/lib/os-release', '')
    node.pretend('/proc/meminfo', memory(4_096_000))
    node.drift()
    const { outcome, warnings } = await node.run({ cause: 'drift' })
    assert.is(outcome, 'converged')
    assert.is(node.file(), 'Debian 4000', 'what is another one now is news')
    assert.match(linesOf(warnings), /lost facts\.os_family, .* "rm .*\/facts\.json" forgets it/)
    assert.is(warnings.length, 1)
    node.commit('new {{facts.os_family}}')
    assert.match(linesOf((await node.run()).warnings), 'lost facts.os_family')
    assert.is(node.file(), 'new Debian', 'a new commit goes by the same facts')
    node.pretend('/etc/os-release', 'ID=rhel\n')
    assert.equal((await node.run()).warnings, [])
    assert.is(node.file(), 'new RedHat')
  }
})

test('a fact that was never known is missed, and blames no commit', async () => {
  const node = createNode()
  node.commit('one')
  await node.run()
  node.pretend('/etc/os-release', '')
  node.pretend('/usr/lib/os-release', '')
  const commit = node.commit('{{facts.os_family}}')
  for (const _ of [1, 2, 3]) assert.is((await node.run()).outcome, 'refused')
  assert.not(commit in (await node.quarantine()))
  node.pretend('/etc/os-release', 'ID=debian\n')
  assert.is((await node.run()).outcome, 'converged')
})

test('a node whose hostname has changed goes on as what it was', async () => {
  const node = createNode()
  node.commit('{{inventory_hostname}}')
  await node.run()
  writeFileSync(node.paths.config, `repo: ${node.repo.url}\n`)
  node.drift()
  const { outcome, warnings } = await node.run()
  assert.is(outcome, 'converged')
  assert.is(node.file(), 'lb1')
  assert.match(linesOf(warnings), /goes on as lb1, .* write "node: lb1" in .*agent\.yml/)
  // One that says who it is, is that one or none
  writeFileSync(node.paths.config, `repo: ${node.repo.url}\nnode: lb7\n`)
  assert.is((await node.run()).outcome, 'refused')
})

test.run()
