import type { NetworkInterfaceInfo } from 'node:os'
import type { FactFiles, Kernel } from '../../agent/facts/base.ts'
import { fakeSystem } from '../fake-system.ts'

/** A Debian load balancer with an IPv4 VIP and an IPv6 VIP, both added after its own addresses. */
export function fakeNode(files: Readonly<Record<string, string>> = {}): {
  readonly files: FactFiles
  readonly kernel: Kernel
} {
  return {
    files: fakeSystem({ files: { ...nodeFiles, ...files } }),
    kernel: {
      availableParallelism: () => 1,
      hostname: () => 'lb1',
      machine: () => 'x86_64',
      release: () => '6.1.0-18-amd64',
      type: () => 'Linux',
      networkInterfaces: () => ({
        lo: [ip('127.0.0.1/8', '255.0.0.0', true), ip('::1/128', 'ffff::', true)],
        'br-lan': [
          ip('192.0.2.11/24', '255.255.255.0'),
          ip('192.0.2.101/32', '255.255.255.255'),
          ip('2001:db8::101/128', 'ffff::'),
          ip('2001:db8::11/64', 'ffff::'),
          ip('fe80::11/64', 'ffff::'),
        ],
        'br-lan:vip': [ip('192.0.2.102/24', '255.255.255.0')],
        eth1: [ip('198.51.100.7/30', '255.255.255.252')],
      }),
    },
  }
}

/** `/proc/net/ipv6_route` of a node with two default routes; the second has the better metric. */
export const ipv6Routes = `\
${'0'.repeat(32)} 00 ${'0'.repeat(32)} 00 20010db80000000000000000000000fd 00000400 00000001 00000000 00000003 eth1
${'0'.repeat(32)} 00 ${'0'.repeat(32)} 00 fe8000000000000000000000000000fe 00000100 00000001 00000000 00000003 br-lan
20010db8000000000000000000000000 40 ${'0'.repeat(32)} 00 ${'0'.repeat(32)} 00000100 00000001 00000000 00000001 br-lan
${'0'.repeat(32)} 00 ${'0'.repeat(32)} 00 ${'0'.repeat(32)} ffffffff 00000001 00000000 00200200 lo
`

const nodeFiles = {
  '/etc/hosts': '127.0.0.1 localhost\n127.0.1.1 lb1.example.com lb1 # ours\n',
  '/etc/os-release':
    'ID=debian\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\n',
  '/etc/debian_version': '12.5\n',
  '/etc/machine-id': '0123456789abcdef0123456789abcdef\n',
  '/proc/1/comm': 'systemd\n',
  '/proc/cpuinfo': 'processor\t: 0\nmodel name\t: x\n\nprocessor\t: 1\nmodel name\t: x\n',
  '/proc/meminfo': 'MemTotal:        2049280 kB\nMemFree:          100 kB\n',
  '/proc/net/ipv6_route': ipv6Routes,
  '/sys/class/net/bonding_masters': '',
  ...link('br-lan', 1500, '02:00:00:00:00:11', 'up'),
  ...link('eth1', 9000, '02:00:00:00:00:12', 'down'),
  ...link('lo', 65536, '00:00:00:00:00:00', 'unknown'),
}

function link(device: string, mtu: number, address: string, operstate: string): object {
  return {
    [`/sys/class/net/${device}/mtu`]: `${mtu}\n`,
    [`/sys/class/net/${device}/address`]: `${address}\n`,
    [`/sys/class/net/${device}/operstate`]: `${operstate}\n`,
  }
}

function ip(cidr: string, netmask: string, internal = false): NetworkInterfaceInfo {
  const address = cidr.split('/')[0] ?? ''
  const common = { address, netmask, cidr, internal, mac: '' }
  return address.includes(':')
    ? { ...common, family: 'IPv6', scopeid: 0 }
    : { ...common, family: 'IPv4' }
}
