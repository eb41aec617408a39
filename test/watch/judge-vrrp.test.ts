import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { DumpedInstance } from '../../agent/programs/keepalived/dump.ts'
import { judgeVrrp } from '../../agent/watch/judge-vrrp.ts'
import type { VrrpView } from '../../agent/watch/judge-vrrp.ts'
import { linesOf } from '../lines-of.ts'

const vip = '192.0.2.101'

function instance(
  state: DumpedInstance['state'],
  stats: Partial<DumpedInstance['stats']> = {},
): DumpedInstance {
  return {
    name: 'VI_1',
    state,
    interface: 'eth0',
    virtualRouterId: 51,
    version: 3,
    basePriority: 254,
    effectivePriority: 254,
    advertInterval: 1_000,
    vips: [vip],
    lastTransition: 0,
    stats: {
      advertsReceived: 10,
      advertsSent: 0,
      timesMaster: 1,
      resignationsHeard: 0,
      addressListErrors: 0,
      authenticationErrors: 0,
      ...stats,
    },
  }
}

const judge = (
  before: DumpedInstance | null,
  now: DumpedInstance,
  addresses: readonly string[],
  elapsed = 60_000,
): readonly string[] =>
  linesOf(
    judgeVrrp(
      before && { at: 0, instances: [before] },
      { at: elapsed, instances: [now] },
      new Set(addresses),
    ).warnings,
  )
    .split('\n')
    .filter((line) => line !== '')

test('a master alone', () => assert.equal(judge(instance('MASTER'), instance('MASTER'), [vip]), []))

test('two masters', () => {
  const now = instance('MASTER', { advertsReceived: 12 })
  assert.match(
    judge(instance('MASTER'), now, [vip])[0] ?? '',
    /^vrrp-two-masters .*on another node/,
  )
})

test('two masters that refuse the adverts of each other', () => {
  const now = instance('MASTER', { addressListErrors: 9 })
  assert.match(
    judge(instance('MASTER'), now, [vip])[0] ?? '',
    /^vrrp-two-masters .*on another node/,
  )
})

test('a master that was a backup in between has heard adverts then', () => {
  const now = instance('MASTER', { advertsReceived: 30, timesMaster: 2 })
  assert.equal(judge(instance('MASTER'), now, [vip]), [])
})

test('one advert may have been on its way', () => {
  const now = instance('MASTER', { advertsReceived: 11 })
  assert.equal(judge(instance('MASTER'), now, [vip]), [])
})

test('a backup that hears its master', () => {
  const now = instance('BACKUP', { advertsReceived: 70 })
  assert.equal(judge(instance('BACKUP'), now, []), [])
})

test('a backup that hears nothing', () => {
  assert.match(
    judge(instance('BACKUP'), instance('BACKUP'), [])[0] ?? '',
    /^vrrp-adverts-missing .*hears no adverts/,
  )
})

test('a backup that was watched for too short a time', () => {
  assert.equal(judge(instance('BACKUP'), instance('BACKUP'), [], 3_000), [])
})

test('a first view proves nothing about adverts', () => {
  assert.equal(judge(null, instance('BACKUP'), []), [])
})

test('a master without its VIP', () => {
  assert.match(
    judge(null, instance('MASTER'), [])[0] ?? '',
    /^vip-misplaced .*MASTER, but 192.0.2.101 is on no/,
  )
})

test('a backup or a fault with the VIP', () => {
  for (const state of ['BACKUP', 'FAULT'] as const) {
    assert.match(judge(null, instance(state), [vip])[0] ?? '', new RegExp(`is ${state}, but`))
  }
})

/** Each second's count of adverts received by a master, and whether another one is reported then. */
function reported(...received: readonly number[]): readonly boolean[] {
  let total = 0
  let last: VrrpView | null = { at: 0, instances: [instance('MASTER', { advertsReceived: 0 })] }
  return received.map((more, second) => {
    total += more
    const now = {
      at: (second + 1) * 1_000,
      instances: [instance('MASTER', { advertsReceived: total })],
    }
    const { warnings, rivals } = judgeVrrp(last, now, new Set([vip]))
    last = { ...now, rivals }
    return warnings.some(({ code }) => code === 'vrrp-two-masters')
  })
}

test('another master is reported at its second advert, until three intervals after its last', () => {
  assert.equal(reported(1, 1, 1, 0, 0, 0, 0), [false, true, true, true, true, false, false])
})

test('single adverts that are far apart prove nothing', () => {
  assert.equal(reported(1, 0, 0, 0, 1, 0), [false, false, false, false, false, false])
})

test.run()
