import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { FactNeeded } from '../../agent/facts/fact-needed.ts'
import type { Facts } from '../../agent/facts/fact.ts'
import { recallFacts } from '../../agent/facts/recall-facts.ts'

const route = { interface: 'eth0', gateway: '192.0.2.1', address: '192.0.2.11' }
const eth0 = { device: 'eth0', active: true, mtu: 1500, ipv4: { address: '192.0.2.11' } }

const cases: readonly {
  readonly name: string
  readonly before: unknown
  readonly now: unknown
  readonly isLost: boolean
}[] = [
  { name: 'the default route is gone', before: route, now: {}, isLost: true },
  {
    name: 'the interface of the route has no address',
    before: route,
    now: { interface: 'eth0', gateway: '192.0.2.1' },
    isLost: true,
  },
  {
    name: 'the route leads elsewhere',
    before: route,
    now: { ...route, gateway: '192.0.2.2' },
    isLost: false,
  },
  { name: 'there was none before', before: {}, now: {}, isLost: false },
  { name: 'an interface is gone', before: eth0, now: undefined, isLost: true },
  {
    name: 'an interface is down',
    before: eth0,
    now: { device: 'eth0', active: false, mtu: 1500 },
    isLost: true,
  },
  {
    name: 'an interface is slower, and up',
    before: eth0,
    now: { ...eth0, mtu: 1400 },
    isLost: false,
  },
  {
    name: 'a VIP has left an interface',
    before: { ...eth0, ipv4_secondaries: [{ address: '192.0.2.101' }] },
    now: eth0,
    isLost: false,
  },
  { name: 'all addresses are gone', before: ['192.0.2.11'], now: [], isLost: true },
  {
    name: 'one address is gone',
    before: ['192.0.2.11', '192.0.2.101'],
    now: ['192.0.2.11'],
    isLost: false,
  },
  { name: 'a text is empty', before: 'Debian', now: '', isLost: true },
  { name: 'a text is another one', before: 'lb1', now: 'localhost', isLost: false },
  { name: 'a number is another one', before: 2000, now: 0, isLost: false },
]

for (const { name, before, now, isLost } of cases) {
  test(name, () => {
    const lost: string[] = []
    const facts: Facts = now === undefined ? {} : { it: now }
    const recalled = recallFacts(facts, { it: before }, (one) => lost.push(one))
    assert.equal(lost, [], 'not before it is read')
    assert.equal(recalled['it'], isLost ? before : now)
    assert.equal(lost, isLost ? ['it'] : [])
  })
}

test('facts that are not remembered are as they are, and gathered when they are read', () => {
  const facts = Object.defineProperty({ hostname: 'lb1' }, 'default_ipv4', {
    get: () => {
      throw new FactNeeded('network')
    },
    enumerable: true,
  })
  const recalled = recallFacts(facts, { default_ipv4: route }, () => {})
  assert.is(recalled['hostname'], 'lb1')
  assert.throws(
    () => recalled['default_ipv4'],
    (error: unknown) => error instanceof FactNeeded,
  )
})

test.run()
