import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { composeStatus } from '../../../agent/daemon/control/compose-status.ts'
import type { StatusParts } from '../../../agent/daemon/control/compose-status.ts'
import { wholeRun } from '../../../agent/daemon/loop/enforce.ts'
import type { Order } from '../../../agent/daemon/loop/run-in-hand.ts'
import { profileOf, watch } from '../evidence/sample.ts'

const at = '2024-01-02T12:00:00.000Z'
const began = '2024-01-02T12:30:00.000Z'
const order: Order = {
  request: wholeRun('converge', 'schedule'),
  on: () => {},
  resolve: () => {},
  reject: () => {},
}
const parts: StatusParts = {
  version: '1.2.3',
  since: at,
  config: { onDrift: 'repair' },
  profile: profileOf('lb1'),
  schedule: { next: () => Date.parse('2024-01-02T13:00:00Z') },
  loop: { inHand: () => null, waiting: () => [] },
  run: { since: () => began, phase: () => 'applying', lastDrift: () => null },
  watch: { status: () => watch },
  evidence: { peers: () => [], problem: () => 'no address' },
}

test('between two runs', () => {
  assert.equal(composeStatus(parts), {
    version: '1.2.3',
    pid: process.pid,
    since: at,
    nextRun: '2024-01-02T13:00:00.000Z',
    onDrift: 'repair',
    inHand: null,
    waiting: 0,
    lastDrift: null,
    watch,
    peers: [],
    unheard: 'no address',
  })
})

test('a run that somebody asked for has the cause that they gave', () => {
  const inHand = { cause: 'person', order } as const
  const loop = { inHand: () => inHand, waiting: () => [{ cause: 'drift' } as const] }
  const status = composeStatus({ ...parts, loop })
  assert.equal(status.inHand, { cause: 'schedule', since: began, phase: 'applying' })
  assert.is(status.waiting, 1)
})

test('a node that is not asked knows no peers', () => {
  assert.is(composeStatus({ ...parts, profile: null }).peers, null)
  assert.is(composeStatus({ ...parts, profile: { evidence: null } }).peers, null)
})

test.run()
