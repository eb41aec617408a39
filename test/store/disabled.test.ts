import { writeFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { disabledFile, findDisabled, saveDisabled, settle } from '../../agent/store/disabled.ts'
import type { Disabled } from '../../agent/store/disabled.ts'
import { readHistory } from '../../agent/store/history.ts'
import { createNode } from '../converge/node.ts'
import type { TestNode } from '../converge/node.ts'
import { linesOf } from '../lines-of.ts'

const disabled: Disabled = {
  reason: 'new switch',
  who: 'alice on pts/0',
  since: '2024-01-02T12:00:00.000Z',
  until: '2024-01-02T14:00:00.000Z',
}

/** A node that is in line with a first commit, drifted since, and disabled for a time. */
async function held(minutes: number | null): Promise<TestNode> {
  const node = createNode()
  node.commit('one')
  await node.run()
  node.commit('two')
  node.drift()
  const now = node.system.now()
  const until = minutes === null ? null : new Date(now + minutes * 60_000).toISOString()
  const since = new Date(now).toISOString()
  await saveDisabled({ ...disabled, since, until }, node.paths, node.system)
  return node
}

for (const [name, now, until] of [
  ['before its end', '2024-01-02T13:59:59.999Z', disabled.until],
  ['at its end', '2024-01-02T14:00:00.000Z', null],
  ['a clock that was set back an hour', '2024-01-02T11:00:00.000Z', '2024-01-02T13:00:00.000Z'],
] as const) {
  test(`how long: ${name}`, () => {
    assert.is(settle(disabled, Date.parse(now))?.until ?? null, until)
  })
}

test('without an end it has none, whatever the clock does', () => {
  const open = { ...disabled, until: null }
  assert.is(settle(open, Date.parse('2034-01-01T00:00:00Z')), open)
  assert.is(settle(open, 0)?.since, '1970-01-01T00:00:00.000Z')
})

test('no run changes anything, whoever asks for it, and a plan shows what is due', async () => {
  const node = await held(null)
  const before = await readHistory(node, 10)
  for (const more of [{}, { cause: 'schedule' }, { cause: 'drift' }, { folder: '/tmp' }] as const) {
    const report = await node.run(more)
    assert.is(report.exitCode, 5)
    assert.is(report.outcome, 'held')
    assert.match(report.message, 'by alice on pts/0 since ')
    assert.match(report.message, 'until "evenkeel enable": new switch')
    assert.match(report.message, 'failover stay on')
  }
  assert.is(node.file(), 'by hand')
  assert.equal(await readHistory(node, 10), before)

  const plan = await node.run({ mode: 'plan' })
  assert.is(plan.exitCode, 2)
  assert.match(linesOf(plan.warnings), /^node-disabled this node is disabled by alice/)
})

test('a rollback by a person is held, too', async () => {
  const node = createNode()
  node.commit('one')
  await node.run()
  node.commit('two')
  await node.run()
  await saveDisabled({ ...disabled, until: null }, node.paths, node.system)
  assert.is((await node.rollBack('1')).exitCode, 5)
  assert.is(node.file(), 'two')
  assert.is((await node.state()).pinned, null)
})

test('it ends by itself, once, and does not come back when the clock is set back', async () => {
  const node = await held(60)
  node.wait(59)
  assert.is((await node.run()).exitCode, 5)
  node.wait(1)
  const report = await node.run()
  assert.is(report.exitCode, 0, report.message)
  assert.is(
    linesOf(report.warnings),
    'disable-expired the time for which this node was disabled is over',
  )
  assert.is(node.file(), 'two')
  node.wait(-30)
  assert.equal((await node.run()).warnings, [])
})

test('a clock that was set back makes it no longer than was asked for', async () => {
  const node = await held(60)
  node.wait(-600)
  assert.is((await node.run()).exitCode, 5)
  node.wait(61)
  assert.is((await node.run()).exitCode, 0)
})

test('a damaged file holds, too, and says how to end that', async () => {
  const node = await held(60)
  for (const text of ['', '{"version":1}', '{"version":1,"reason":"a","who":"b","since":"x"}']) {
    writeFileSync(disabledFile(node.paths), text)
    const report = await node.run()
    assert.is(report.exitCode, 5, text)
    assert.match(report.message, 'disabled.json is damaged (')
    assert.match(report.message, '"evenkeel enable" ends this')
  }
  assert.is((await findDisabled(node.paths, node.system))?.until, null)
})

test.run()
