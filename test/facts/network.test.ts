import { readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { baseFacts } from '../../agent/facts/base.ts'
import { allFacts } from '../../agent/facts/facts.ts'
import { networkFacts } from '../../agent/facts/network.ts'
import type { Routes } from '../../agent/facts/network.ts'
import { fakeNode, ipv6Routes } from './fake-node.ts'

test('the interface is the one in whose network the gateway is', async () => {
  const facts = await factsWith({ gateway: async () => '192.0.2.1', interface: refuse })
  assert.equal(facts['default_ipv4'], {
    interface: 'br-lan',
    gateway: '192.0.2.1',
    address: '192.0.2.11',
    netmask: '255.255.255.0',
    prefix: '24',
    network: '192.0.2.0',
    broadcast: '192.0.2.255',
    macaddress: '02:00:00:00:00:11',
    mtu: 1500,
  })
})

test('a gateway outside all networks: the interface is asked for', async () => {
  const facts = await factsWith({
    gateway: async () => '203.0.113.1',
    interface: async () => 'eth1',
  })
  assert.equal(facts['default_ipv4'], {
    interface: 'eth1',
    gateway: '203.0.113.1',
    address: '198.51.100.7',
    netmask: '255.255.255.252',
    prefix: '30',
    network: '198.51.100.4',
    broadcast: '198.51.100.7',
    macaddress: '02:00:00:00:00:12',
    mtu: 9000,
  })
})

test('no default route', async () => {
  const unreachable = ipv6Routes.split('\n').findLast((line) => line.endsWith(' lo')) ?? ''
  const facts = await factsWith({ gateway: async () => '', interface: refuse }, unreachable)
  assert.equal(facts, { default_ipv4: {}, default_ipv6: {} })
})

test('IPv6: the best metric, and the oldest address, which is no VIP', async () => {
  const facts = await factsWith({ gateway: async () => '', interface: refuse })
  assert.equal(facts['default_ipv6'], {
    interface: 'br-lan',
    gateway: 'fe80::fe',
    address: '2001:db8::11',
    prefix: '64',
    scope: 'global',
    macaddress: '02:00:00:00:00:11',
    mtu: 1500,
  })
})

test('the machine that runs this agrees with its routing table', async () => {
  const table = readFileSync('/proc/net/route', 'utf8')
  const route = /^(\S+)\t00000000\t([0-9A-F]{8})\t/m.exec(table)
  const gateway = route?.[2]
    ?.match(/../g)
    ?.toReversed()
    .map((byte) => Number.parseInt(byte, 16))
    .join('.')
  const { default_ipv4: found } = await allFacts()
  assert.match(
    JSON.stringify(found),
    JSON.stringify({ interface: route?.[1], gateway }).slice(0, -1),
  )
})

async function factsWith(
  routes: Routes,
  table?: string,
): Promise<Readonly<Record<string, unknown>>> {
  const { files, kernel } = fakeNode(table === undefined ? {} : { '/proc/net/ipv6_route': table })
  return networkFacts(await baseFacts(files, kernel), files, routes)
}

async function refuse(): Promise<string> {
  throw new Error('not to be asked')
}

test.run()
