/** The verbs that people use when a commit went wrong. */
import { existsSync, statSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { createProgram } from '../../agent/cli/program.ts'
import { disabledFile } from '../../agent/store/disabled.ts'
import { UsageError } from '../../agent/system/errors.ts'
import { createNode } from '../converge/node.ts'
import type { TestNode } from '../converge/node.ts'

/** Runs a verb and returns its exit code and what it printed. */
async function evenkeel(
  node: TestNode,
  ...words: readonly string[]
): Promise<{ readonly code: number; readonly text: string }> {
  const { write } = process.stdout
  let text = ''
  process.stdout.write = (chunk: string) => {
    text += chunk
    return true
  }
  try {
    return { code: await createProgram(node)(['node', 'evenkeel', ...words]), text }
  } finally {
    process.stdout.write = write
  }
}

test('a commit is quarantined, shown, and let through', async () => {
  const node = createNode()
  node.commit('one')
  assert.is((await evenkeel(node, 'converge')).code, 0)
  const bad = node.commit('two', 'false')
  assert.is((await evenkeel(node, 'converge', '--scheduled')).code, 3)
  assert.is((await evenkeel(node, 'converge', '--scheduled')).code, 3)
  assert.is((await evenkeel(node, 'converge')).code, 4)
  assert.match((await evenkeel(node, 'status')).text, `quarantine ${bad.slice(0, 8)} "two", `)
  const { text } = await evenkeel(node, 'status', '--json')
  assert.equal(Object.keys(JSON.parse(text).quarantine), [bad])

  const freed = await evenkeel(node, 'unquarantine', bad.slice(0, 7))
  assert.is(freed.code, 0)
  assert.is(freed.text, `${bad.slice(0, 8)} "two" is let through: the next run tries it again\n`)
  assert.not.match((await evenkeel(node, 'status')).text, /^quarantine/m)
  assert.is((await evenkeel(node, 'converge')).code, 3)
})

test('a rollback is shown, and one to nowhere is refused with the releases that there are', async () => {
  const node = createNode()
  const first = node.commit('one')
  await evenkeel(node, 'converge')
  node.commit('two')
  await evenkeel(node, 'converge')
  assert.is((await evenkeel(node, 'rollback')).code, 0)
  assert.is(node.file(), 'one')
  assert.match((await evenkeel(node, 'status')).text, `pinned     ${first.slice(0, 8)} "one" by`)
  for (const wanted of ['7', 'deadbeef']) {
    try {
      await evenkeel(node, 'rollback', wanted)
      assert.unreachable(wanted)
    } catch (error) {
      assert.instance(error, UsageError)
      assert.match((error as Error).message, `${first.slice(0, 8)} "one", since `)
    }
  }
})

test('a node is disabled, says so everywhere, and is enabled again', async () => {
  const node = createNode()
  node.commit('one')
  const first = await evenkeel(node, 'disable', 'new  switch', '--for', '2h')
  assert.is(first.code, 0)
  assert.match(first.text, /this node is disabled by \S.* since .* \(0 s\), until .*: new switch\n/)
  assert.is((await evenkeel(node, 'converge')).code, 5)
  assert.match((await evenkeel(node, 'status')).text, /^disabled {3}by .*: new switch\napplied/)
  assert.match((await evenkeel(node, 'status', '--json')).text, '"reason":"new switch"')
  assert.is(statSync(disabledFile(node.paths)).mode & 0o777, 0o600)

  assert.match((await evenkeel(node, 'disable', 'because')).text, /^replaced: by .*: new switch\n/)
  assert.match((await evenkeel(node, 'enable')).text, /^enabled: .*: because\n$/)
  assert.is((await evenkeel(node, 'enable')).text, 'this node was not disabled; nothing to do\n')
  assert.is((await evenkeel(node, 'converge')).code, 0)
})

test('a time that is none is wrong usage, and changes nothing', async () => {
  const node = createNode()
  for (const time of ['2', '0h', '1w', '2h30m', '91d', '-1h', '2161h']) {
    const { write } = process.stderr
    process.stderr.write = () => true
    const { code } = await evenkeel(node, 'disable', 'x', `--for=${time}`)
    process.stderr.write = write
    assert.is(code, 64, time)
  }
  assert.is(existsSync(disabledFile(node.paths)), false)
})

test.run()
