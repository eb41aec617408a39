import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { baseFacts } from '../../agent/facts/base.ts'
import type { Kernel } from '../../agent/facts/base.ts'
import { factDocs } from '../../agent/facts/fact.ts'
import type { InterfaceFacts } from '../../agent/facts/interface.ts'
import { createFiles } from '../../agent/system/files.ts'
import { fakeNode } from './fake-node.ts'

test('facts of a Debian node, in the words of Ansible', async () => {
  const { files, kernel } = fakeNode()
  const { facts } = await baseFacts(files, kernel)
  assert.equal(facts, {
    hostname: 'lb1',
    fqdn: 'lb1.example.com',
    domain: 'example.com',
    nodename: 'lb1',
    system: 'Linux',
    kernel: '6.1.0-18-amd64',
    architecture: 'x86_64',
    os_family: 'Debian',
    distribution: 'Debian',
    distribution_version: '12.5',
    distribution_major_version: '12',
    distribution_release: 'bookworm',
    memtotal_mb: 2001,
    processor_vcpus: 2,
    processor_nproc: 1,
    service_mgr: 'systemd',
    machine_id: '0123456789abcdef0123456789abcdef',
    interfaces: ['br-lan', 'eth1', 'lo'],
    all_ipv4_addresses: ['192.0.2.11', '192.0.2.101', '192.0.2.102', '198.51.100.7'],
    all_ipv6_addresses: ['2001:db8::101', '2001:db8::11', 'fe80::11'],
    br_lan: {
      device: 'br-lan',
      active: true,
      mtu: 1500,
      macaddress: '02:00:00:00:00:11',
      ipv4: ipv4('192.0.2.11', '255.255.255.0', '24', '192.0.2.0', '192.0.2.255'),
      ipv4_secondaries: [
        ipv4('192.0.2.101', '255.255.255.255', '32', '192.0.2.101', ''),
        ipv4('192.0.2.102', '255.255.255.0', '24', '192.0.2.0', '192.0.2.255'),
      ],
      ipv6: [
        { address: '2001:db8::101', prefix: '128', scope: 'global' },
        { address: '2001:db8::11', prefix: '64', scope: 'global' },
        { address: 'fe80::11', prefix: '64', scope: 'link' },
      ],
    },
    eth1: {
      device: 'eth1',
      active: false,
      mtu: 9000,
      macaddress: '02:00:00:00:00:12',
      ipv4: ipv4('198.51.100.7', '255.255.255.252', '30', '198.51.100.4', '198.51.100.7'),
    },
    lo: {
      device: 'lo',
      active: true,
      mtu: 65536,
      ipv4: ipv4('127.0.0.1', '255.0.0.0', '8', '127.0.0.0', ''),
      ipv6: [{ address: '::1', prefix: '128', scope: 'host' }],
    },
  })
})

test('a VIP is never the address of the node, whichever was added first', async () => {
  const { files, kernel } = fakeNode({
    '/etc/keepalived/keepalived.conf':
      'vrrp_instance VI_1 {\nvirtual_ipaddress {\n192.0.2.101/24 dev br-lan\n192.0.2.102\n}\nvirtual_ipaddress_excluded {\n2001:db8::101\n}\n}',
  })
  const reconfigured: Kernel = {
    ...kernel,
    networkInterfaces: () => {
      const { 'br-lan': addresses = [], ...others } = kernel.networkInterfaces()
      const isOwn = (address: string): boolean => !address.endsWith('101')
      const own = addresses.filter((it) => isOwn(it.address))
      const vips = addresses.filter((it) => !isOwn(it.address))
      return {
        ...others,
        'br-lan': [
          ...vips.filter((it) => it.family === 'IPv4'),
          ...own,
          ...vips.filter((it) => it.family === 'IPv6'),
        ],
      }
    },
  }
  const { facts } = await baseFacts(files, reconfigured)
  const found = facts['br_lan'] as InterfaceFacts
  assert.is(found.ipv4?.address, '192.0.2.11')
  const secondaries = found.ipv4_secondaries?.map(({ address }) => address)
  assert.equal(secondaries?.toSorted(), ['192.0.2.101', '192.0.2.102'])
  assert.equal(
    found.ipv6?.map(({ address }) => address),
    ['2001:db8::101', '2001:db8::11', 'fe80::11'],
  )
})

test('every base fact is described, and every description has a fact', async () => {
  const { facts, interfaces } = await baseFacts(createFiles())
  const ofInterfaces = interfaces.map((it) => it.device.replace(/[-:]/g, '_'))
  const described = Object.keys(factDocs).filter((name) => factDocs[name]?.group === undefined)
  const names = Object.keys(facts).filter((name) => !ofInterfaces.includes(name))
  assert.equal(names.toSorted(), described.toSorted())
})

test('the machine that runs this has facts', async () => {
  const { facts } = await baseFacts(createFiles())
  for (const [name, value] of Object.entries(facts)) {
    assert.ok(value !== undefined && value !== null && !Number.isNaN(value), name)
  }
  assert.ok(Number(facts['memtotal_mb']) > 0)
  assert.ok(Number(facts['processor_vcpus']) > 0)
})

function ipv4(
  address: string,
  netmask: string,
  prefix: string,
  network: string,
  broadcast: string,
): object {
  return { address, netmask, prefix, network, broadcast }
}

test.run()
