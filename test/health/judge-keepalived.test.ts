import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Health, InstanceHealth, KeepalivedHealth } from '../../agent/health/health.ts'
import type { Judgement } from '../../agent/health/judge-health.ts'
import { linesOf } from '../lines-of.ts'
import { health, instance, judge, keepalived, nothing } from './sample.ts'
import type { Case } from './sample.ts'

const on = (one: InstanceHealth, given: Partial<KeepalivedHealth> = {}): Health =>
  health({ keepalived: keepalived(one, given) })
/** `n` adverts after the first look. */
const backup = (n: number, given: Partial<InstanceHealth> = {}): InstanceHealth =>
  instance({ advertsReceived: 10 + n, ...given })
const master = (n = 0, given: Partial<InstanceHealth> = {}): InstanceHealth =>
  instance({
    state: 'MASTER',
    timesMaster: 1,
    advertsReceived: 10 + n,
    watched: { received: 0, refused: 0 },
    ...given,
  })
const fault = instance({ state: 'FAULT' })
const held = health({ keepalived: keepalived(fault, { heldBack: 'haproxy died' }) })
const away = (unit: KeepalivedHealth['unit']): Health => on(instance(), { unit, instances: null })
const mute = on(instance(), { instances: null })

type Views = Pick<Case, 'before' | 'now'> & Partial<Case>
const from = (before: Health, first: Health, now: Health, more: Partial<Case> = {}): Views => ({
  before,
  first,
  now,
  ...more,
})
const stay = (before: InstanceHealth, now: InstanceHealth, more: Partial<Case> = {}): Views =>
  from(on(before), on({ ...now, advertsReceived: 10, advertsRefused: 0 }), on(now), more)
/** From the first look on in another state. */
const move = (before: InstanceHealth, now: InstanceHealth, more: Partial<Case> = {}): Views =>
  from(on(before), on(now), on(now), more)
const soon = { elapsed: 500 }
const untouched = { touched: { ...nothing, haproxy: true } }

/** An instance that was not there before. */
const added = (
  now: InstanceHealth,
  elapsed: number,
  first: Partial<InstanceHealth> = {},
): Views => {
  const reference = { ...now, advertsReceived: 0, advertsRefused: 0, ...first }
  return from(on(instance({ name: 'VI_OTHER' })), on(reference), on(now), { elapsed })
}

const cases: readonly [string, Views, Judgement['verdict'], RegExp | null][] = [
  ['a new instance that has just begun', added(backup(-10), 1_000), 'wait', null],
  ['a new instance that hears nobody for 6 s', added(backup(-10), 6_000), 'pass', null],
  ['a new instance that hears its master', added(backup(-7), 3_000), 'pass', null],
  [
    'a new instance that throws away what it hears',
    added(backup(-10, { advertsRefused: 1 }), 1_000),
    'fail',
    /VI_1 is new here and throws away the adverts/,
  ],
  [
    'a new instance that refuses adverts and goes by them',
    added(backup(-7, { advertsRefused: 3 }), 3_000),
    'pass',
    null,
  ],
  ['a new master that hears nobody', added(master(-10), 6_000), 'pass', null],
  ['a new master that hears nobody yet', added(master(-10), 5_900), 'wait', null],
  [
    'a new master that hears another one',
    added(master(-8), 2_000),
    'fail',
    /VI_1 is new here, is MASTER and receives adverts/,
  ],

  ['a backup that hears three adverts', stay(backup(0), backup(3)), 'pass', null],
  [
    'a backup that has heard two',
    stay(backup(0), backup(2), { elapsed: 2_000 }),
    'wait',
    /received 2 of 3 adverts/,
  ],
  [
    'a backup that has heard none yet',
    stay(backup(0), backup(0), { elapsed: 1_700 }),
    'wait',
    /0 of 3/,
  ],
  [
    'a backup that hears none',
    stay(backup(0), backup(0), { elapsed: 1_800 }),
    'fail',
    /soon be a second MASTER/,
  ],
  [
    'a backup that hears none, and no peer has its VIPs',
    from(on(backup(0)), on(backup(0)), on(backup(0), { elsewhere: [] }), { elapsed: 1_800 }),
    'wait',
    /0 of 3/,
  ],
  [
    'a backup that hears none, and a peer has its VIP',
    from(on(backup(0)), on(backup(0)), on(backup(0), { elsewhere: instance().vips }), {
      elapsed: 1_800,
    }),
    'fail',
    /soon be a second MASTER/,
  ],
  [
    'rare adverts are waited for',
    stay(backup(0), backup(0, { advertInterval: 8_000 })),
    'wait',
    /0 of 3/,
  ],
  [
    'a backup that heard none before',
    stay(backup(0, { watched: { received: 0, refused: 0 } }), backup(0)),
    'pass',
    null,
  ],
  [
    'a new backup',
    from(on(instance({ name: 'VI_9' })), on(backup(0)), on(backup(0))),
    'pass',
    null,
  ],
  ['nothing that carries VRRP is touched', stay(backup(0), backup(0), untouched), 'pass', null],
  [
    'a backup that refuses adverts',
    stay(backup(0), backup(0, { advertsRefused: 2 }), soon),
    'fail',
    /VIPs or another password/,
  ],
  [
    'a backup that goes by adverts that it dislikes',
    stay(backup(0), backup(3, { advertsRefused: 3 })),
    'pass',
    null,
  ],
  [
    'a backup that becomes master',
    move(backup(0), master()),
    'fail',
    /became MASTER, it was BACKUP/,
  ],
  [
    'a backup that becomes master, and no peer has its VIPs',
    from(on(backup(0)), on(master()), on(master(), { elsewhere: [] })),
    'pass',
    null,
  ],
  [
    'a backup that becomes master, and a peer has its VIP',
    from(on(backup(0)), on(master()), on(master(), { elsewhere: instance().vips })),
    'fail',
    /became MASTER, it was BACKUP/,
  ],
  [
    'its master has just given its VIPs away: the keepalived of the peer was stopped',
    move(backup(0, { resignationsHeard: 2 }), master(0, { resignationsHeard: 3 })),
    'pass',
    null,
  ],
  [
    'its master did so long ago, and is not heard now',
    move(backup(0, { resignationsHeard: 2 }), master(0, { resignationsHeard: 2 })),
    'fail',
    /became MASTER, it was BACKUP/,
  ],
  [
    'its master did so after keepalived was restarted here',
    move(backup(0, { resignationsHeard: 2 }), master(0, { resignationsHeard: 1 })),
    'pass',
    null,
  ],
  ['it did without our doing', move(backup(0), master(), untouched), 'pass', null],
  [
    'it was to, by its priority',
    move(backup(0), master(0, { basePriority: 254, effectivePriority: 254 })),
    'pass',
    null,
  ],
  [
    'it was about to',
    move(backup(0, { watched: { received: 0, refused: 0 } }), master()),
    'pass',
    null,
  ],
  ['a master alone', stay(master(), master()), 'pass', null],
  ['a master watched too short', stay(master(), master(), { elapsed: 3_900 }), 'wait', null],
  ['a master that hears one advert', stay(master(), master(1)), 'wait', null],
  ['a master that hears two', stay(master(), master(2)), 'fail', /another node is MASTER, too/],
  [
    'a master that refuses two',
    stay(master(), master(0, { advertsRefused: 2 })),
    'fail',
    /another node is MASTER/,
  ],
  [
    'two masters before, too',
    stay(master(0, { watched: { received: 1, refused: 0 } }), master(5)),
    'pass',
    null,
  ],
  ['a master that hands over', stay(master(), backup(3)), 'pass', null],
  ['a master that has lost the VIPs to nobody', stay(master(), backup(0)), 'wait', null],
  ['in FAULT, just now', move(backup(0), fault, soon), 'wait', /VI_1 is in FAULT, it was BACKUP/],
  [
    'in FAULT through the watch, which judges haproxy itself',
    from(on(backup(0)), held, held),
    'wait',
    null,
  ],
  ['in FAULT', move(backup(0), fault), 'fail', /VI_1 is in FAULT, it was BACKUP/],
  ['in FAULT as before', move(fault, fault), 'pass', null],
  ['new and in FAULT', from(health(), on(fault), on(fault)), 'pass', null],
  ['new and in FAULT, just now', from(health(), on(fault), on(fault), soon), 'wait', null],
  ['starting', move(backup(0), instance({ state: 'INIT' }), soon), 'wait', /in INIT/],
  [
    'stopped',
    from(on(backup(0)), away('stopped'), away('stopped'), { elapsed: 0 }),
    'fail',
    /unit is stopped/,
  ],
  [
    'restarting',
    from(on(backup(0)), away('starting'), away('starting'), { elapsed: 0 }),
    'wait',
    /starting/,
  ],
  [
    'restarting for ever',
    from(on(backup(0)), away('starting'), away('starting')),
    'fail',
    /starting/,
  ],
  ['failed before, too', from(away('failed'), away('failed'), away('failed')), 'pass', null],
  [
    'not brought up by a first run',
    from(away('stopped'), away('failed'), away('failed')),
    'fail',
    /failed/,
  ],
  ['brought up by a first run', from(away('stopped'), on(backup(0)), on(backup(0))), 'pass', null],
  ['mute', from(on(backup(0)), mute, mute), 'fail', /does not tell/],
  ['mute, just now', from(on(backup(0)), mute, mute, { elapsed: 0 }), 'wait', /does not tell/],
  ['mute as before', from(mute, mute, mute), 'pass', null],
]

for (const [name, views, verdict, reason] of cases) {
  test(name, () => {
    const judged = judge(views)
    assert.is(judged.verdict, verdict, [...judged.reasons, linesOf(judged.warnings)].join())
    if (reason === null) assert.equal(judged.reasons, [])
    else assert.match(judged.reasons.join(), reason)
  })
}

const wanted = { name: 'VI_1', virtualRouterId: 51, priority: 251, vips: ['192.0.2.101'] }
const ran = backup(3)

for (const [name, want, reason] of [
  ['another priority', { ...wanted, priority: 200 }, /VI_1 has priority 251 instead of 200/],
  ['another id', { ...wanted, virtualRouterId: 52 }, /virtual_router_id 51 instead of 52/],
  ['another VIP', { ...wanted, vips: ['192.0.2.102'] }, /192.0.2.101 instead of 192.0.2.102/],
  [
    'one VIP more',
    { ...wanted, vips: ['192.0.2.101', 'fe80::1'] },
    /instead of 192.0.2.101, fe80::1/,
  ],
  ['another instance', { ...wanted, name: 'VI_2' }, /VI_2 is missing/],
] as const) {
  test(`the file has ${name}`, () => {
    const first = on(backup(0))
    const now = on(ran, { wanted: [want] })
    const judged = judge({ before: on(backup(0)), first, now })
    assert.is(judged.verdict, 'fail')
    assert.match(judged.reasons.join(), reason)
    assert.is(judge({ before: on(backup(0)), first, now, elapsed: 4_000 }).verdict, 'wait')
    const same = judge({ before: now, first: now, now, touched: nothing })
    assert.is(same.verdict, 'pass')
    assert.match(linesOf(same.warnings), /^keepalived-config-not-loaded .*as before/)
    assert.is(judge({ before: now, first, now }).verdict, 'fail', 'a reload was due')
  })
}

test('what the file leaves open is not compared, and addresses are compared as such', () => {
  const open = { ...wanted, priority: null, virtualRouterId: null, vips: ['FE80:0::1'] }
  const one = backup(3, { vips: ['fe80::1'] })
  const now = on(one, { wanted: [open] })
  assert.is(
    judge({ before: now, first: on(backup(0, { vips: ['fe80::1'] })), now }).verdict,
    'pass',
  )
})

test('a VIP is where its master is', () => {
  const bare = { addresses: ['192.0.2.11'] }
  const both = { addresses: ['192.0.2.11', '192.0.2.101'] }
  const without = judge(from(on(master()), on(master()), on(master(), bare)))
  assert.is(without.verdict, 'fail')
  assert.match(without.reasons.join(), /VI_1 is MASTER, but 192.0.2.101 is on no interface/)
  const left = judge(from(on(master()), on(backup(0)), on(backup(3), both)))
  assert.is(left.verdict, 'fail')
  assert.match(left.reasons.join(), /VI_1 is BACKUP, but 192.0.2.101 is on an interface/)
  const early = judge(from(on(master()), on(master()), on(master(), bare), { elapsed: 4_500 }))
  assert.is(early.verdict, 'wait')
  const before = judge(from(on(master(), bare), on(master(), bare), on(master(), bare)))
  assert.is(before.verdict, 'pass')
})

test.run()
