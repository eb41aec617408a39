import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { BackendHealth, ServerHealth } from '../../agent/health/health.ts'
import type { Judgement } from '../../agent/health/judge-health.ts'
import { linesOf } from '../lines-of.ts'
import { backend, deadServer, haproxy, health, judge, nothing, server } from './sample.ts'
import type { Case } from './sample.ts'

const up = server('web1')
const dead = deadServer('web1')
const failing = (failures: number): ServerHealth =>
  server('web1', { status: 'UP 3/5', check: 'failed', lastCheck: 'L4CON', failures })
const unchecked = server('web1', { check: 'pending', lastCheck: 'INI' })
const restored = server('web1', { check: 'restored' })
const rising = server('web1', { status: 'DOWN 1/2', check: 'passed' })
const restoredDown = server('web1', { status: 'DOWN', check: 'restored' })
const unresolved = server('web1', { status: 'MAINT (resolution)', check: 'none' })
const disabled = server('web1', { status: 'MAINT', check: 'none', lastCheck: '' })
const keepalivedOnly = { ...nothing, keepalived: true }
const firewallOnly = { ...nothing, network: true }

type Verdict = Judgement['verdict']
/** Name, servers of the backend before (null: it is new), servers now, verdict, reason, more. */
const cases: readonly [
  string,
  readonly ServerHealth[] | null,
  readonly ServerHealth[],
  Verdict,
  RegExp | null,
  Partial<Case>?,
][] = [
  ['one of two is enough', [up, server('web2')], [dead, server('web2')], 'pass', null],
  [
    'the last one is down',
    [up],
    [dead],
    'fail',
    /web lost its last server: web1 is DOWN \(L4CON\); 1 of 1 were up/,
  ],
  [
    'both are down',
    [up, server('web2')],
    [dead, deadServer('web2')],
    'fail',
    /web2 is DOWN.*2 of 2/,
  ],
  ['the last one failed a check', [up], [failing(1)], 'wait', /no server has passed a check/],
  ['the last one failed two', [up], [failing(2)], 'fail', /lost its last server/],
  ['none was up before', [dead], [dead], 'pass', null],
  ['the backend is new', null, [dead], 'pass', null],
  ['the new worker has not checked yet', [up], [unchecked], 'wait', null],
  ['the new worker shows what the old one found', [up], [restored], 'wait', null],
  ['down as the old worker found', [up], [restoredDown], 'wait', /no server has passed/],
  ['on its way up', [up], [rising], 'wait', /no server has passed/],
  ['its name has no address yet', [up], [unresolved], 'wait', /no server has passed/],
  ['the commit disables it', [up], [disabled], 'fail', /web1 is MAINT; 1 of 1/],
  ['a person took it out', [up], [{ ...disabled, isForced: true }], 'pass', null],
  [
    'a person took one out, the commit lost the other',
    [up, server('web2')],
    [{ ...disabled, isForced: true }, deadServer('web2')],
    'fail',
    /lost/,
  ],
  [
    'no checks',
    [server('web1', { status: 'no check', check: 'none' })],
    [server('web1', { status: 'no check', check: 'none' })],
    'pass',
    null,
  ],
  ['never checked before, so never known to be up', [unchecked], [dead], 'pass', null],
  ['a change that can not be the cause', [up], [dead], 'pass', null, { touched: keepalivedOnly }],
  ['the firewall cut it', [up], [dead], 'fail', /lost/, { touched: firewallOnly }],
  [
    'the firewall changed after the last check',
    [up],
    [up],
    'wait',
    null,
    { touched: firewallOnly, elapsed: 1_000 },
  ],
  [
    'checked after the firewall changed',
    [up],
    [up],
    'pass',
    null,
    { touched: firewallOnly, elapsed: 2_500 },
  ],
  ['no firewall changed', [up], [up], 'pass', null, { touched: keepalivedOnly, elapsed: 0 }],
  ['others are not checked yet', [up], [up, server('web2', { check: 'pending' })], 'wait', null],
]

const state = (...backends: readonly BackendHealth[]) => health({ haproxy: haproxy({ backends }) })
const of = (servers: readonly ServerHealth[]): BackendHealth => backend('web', ...servers)

for (const [name, before, now, verdict, reason, more] of cases) {
  test(name, () => {
    const earlier = before === null ? [] : [of(before)]
    const judged = judge({ before: state(...earlier), now: state(of(now)), ...more })
    assert.is(judged.verdict, verdict, judged.reasons.join())
    if (reason === null) assert.equal(judged.reasons, [])
    else assert.match(judged.reasons.join(), reason)
  })
}

test('a new worker has checked behind the new firewall', () => {
  const now = health({ haproxy: haproxy({ pid: 101, backends: [of([up])] }) })
  const more = { touched: { ...firewallOnly, haproxy: true }, elapsed: 100 }
  assert.is(judge({ before: state(of([up])), now, ...more }).verdict, 'pass')
})

for (const [name, servers, isHarmful, touched] of [
  ['a lost last server', [dead], true],
  ['one that is still used, and fails its checks', [failing(2)], true],
  ['one that was down as the old worker found', [restoredDown], true],
  ['one that is used and has not proven itself', [failing(1)], false],
  ['one of two', [dead, server('web2')], false],
  ['one that was not lost through the change', [dead], false, keepalivedOnly],
] as const) {
  test(`whether clients meet it: ${name}`, () => {
    const views = { before: state(of([up, server('web2')])), now: state(of(servers)) }
    assert.is(judge({ ...views, ...(touched && { touched }) }).isHarmful, isHarmful)
  })
}

test('a backend that is gone lost nothing', () => {
  assert.is(judge({ before: state(of([up])), now: state() }).verdict, 'pass')
})

test('each backend is judged for itself', () => {
  const before = state(of([up]), backend('other', server('o')))
  const judged = judge({ before, now: state(of([dead]), backend('other', server('o'))) })
  assert.is(judged.reasons.length, 1)
})

test('servers that are missing are told, with what they were', () => {
  const before = state(of([up, server('web2'), deadServer('web3')]))
  const now = state(of([up, deadServer('web2'), deadServer('web3'), deadServer('web4')]))
  assert.is(
    linesOf(judge({ before, now }).warnings),
    `server-down backend web: web2 is DOWN (L4CON), it was up before
server-down backend web: web3 is DOWN (L4CON), as before
server-down backend web: web4 is DOWN (L4CON)`,
  )
  assert.match(
    linesOf(judge({ before: state(), now: state(of([dead])) }).warnings),
    /^backend-down .*no server that is up/,
  )
})

test.run()
