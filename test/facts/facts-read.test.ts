import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Facts } from '../../agent/facts/fact.ts'
import { noteFactsRead } from '../../agent/facts/facts-read.ts'

const facts: Facts = { hostname: 'lb1', eth0: { mtu: 1500 }, memtotal_mb: 2000 }

const cases: readonly {
  readonly name: string
  readonly read: (facts: Facts) => unknown
  readonly next: Facts
  readonly same: boolean
}[] = [
  { name: 'nothing is read', read: () => 0, next: {}, same: true },
  {
    name: 'a fact stays',
    read: ({ hostname }) => hostname,
    next: { hostname: 'lb1' },
    same: true,
  },
  {
    name: 'a fact changes',
    read: ({ hostname }) => hostname,
    next: { ...facts, hostname: 'lb2' },
    same: false,
  },
  {
    name: 'another one changes',
    read: ({ hostname }) => hostname,
    next: { ...facts, memtotal_mb: 1 },
    same: true,
  },
  {
    name: 'a part of one changes',
    read: ({ eth0 }) => eth0,
    next: { ...facts, eth0: { mtu: 9000 } },
    same: false,
  },
  { name: 'one comes that was missed', read: ({ eth1 }) => eth1, next: { eth1: {} }, same: false },
  {
    name: 'one comes that was looked for',
    read: (it) => 'eth1' in it,
    next: { eth1: {} },
    same: false,
  },
  {
    name: 'one comes where all were listed',
    read: (it) => Object.keys(it),
    next: { ...facts, eth1: {} },
    same: false,
  },
  { name: 'all stay that were listed', read: (it) => ({ ...it }), next: { ...facts }, same: true },
]

for (const { name, read, next, same } of cases) {
  test(name, () => {
    const noted = noteFactsRead()
    read(noted.watch(facts))
    assert.is(noted.areSame(next), same)
  })
}

test.run()
