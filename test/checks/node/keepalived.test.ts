import { test } from 'uvu'
import { judgeAll } from './world.ts'
import type { Case, World } from './world.ts'

const path = '/etc/keepalived/keepalived.conf'

/** Lines before an instance, and within it. The VIP is 192.0.2.101/24 unless given. */
function keepalived(top: string, within = '', other: World = {}, vip = '192.0.2.101/24'): World {
  const text = `${top}
vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 51
  priority 254
  ${within}
  virtual_ipaddress {
    ${vip}
  }
}
`
  return { ...other, files: { [path]: text, ...other.files } }
}

const tracked = 'track_file fault {\n  file "/run/no/fault"\n  weight 0\n}'
const script = 'vrrp_script check {\n  script "/opt/check 1 2"\n}'
const source = (address: string): string =>
  `unicast_src_ip ${address}\n  unicast_peer {\n 192.0.2.12\n }`

/** Each was tried with keepalived 2.2.7 and 2.3.3: `-t` ends with 0, and see the rules for the rest. */
const cases: readonly Case[] = [
  ['the usual', keepalived('', source('192.0.2.11')), []],

  [
    'another machine that says it is lb1',
    keepalived('', source('192.0.2.11'), { own: '192.0.2.66' }),
    [
      /^error keepalived-address .*:6 this node has no address of lb1\.example\.com \(192\.0\.2\.11\), which VI_1/,
    ],
  ],
  [
    'the same by multicast',
    keepalived('', '', { own: '192.0.2.66' }),
    [/^error keepalived-address .*:2 this node has no address of lb1/],
  ],
  [
    'the same where addresses are translated',
    keepalived('', source('192.0.2.11'), { own: '192.0.2.66', isTranslated: true }),
    [
      /^warning keepalived-address .*unicast_src_ip 192\.0\.2\.11 of VI_1 is not an address of this node/,
    ],
  ],
  [
    'a host that the inventory knows by a name, and by the address of VRRP',
    keepalived('', source('198.51.100.1'), {
      own: '192.0.2.66',
      ansibleHost: 'lb1.example.com',
      addresses: ['eth1 198.51.100.1/24'],
    }),
    [],
  ],
  [
    'a host of which only a name is known',
    keepalived('', '', { own: '192.0.2.66', ansibleHost: 'lb1.example.com' }),
    [],
  ],
  [
    'management by an address that is translated, and VRRP by an own one',
    keepalived('', source('198.51.100.1'), {
      own: '192.0.2.66',
      addresses: ['eth1 198.51.100.1/24'],
    }),
    [],
  ],

  [
    'a tracked file in no folder',
    keepalived(tracked),
    [/^error keepalived-track-folder .*main\.yml:7: .*conf:2 track_file fault: \/run\/no does not/],
  ],
  [
    'a tracked file in a folder that the run makes',
    keepalived(tracked, '', { makes: ['/run/no'] }),
    [],
  ],
  [
    'a tracked file in a folder that is there',
    keepalived(tracked, '', { paths: { '/run/no': 'directory 0755 root' } }),
    [],
  ],
  [
    'a tracked file by its old name',
    keepalived(tracked.replace('track_file', 'vrrp_track_file')),
    [/keepalived-track-folder/],
  ],

  [
    'a script without its x bit',
    keepalived(script, '', { paths: { '/opt/check': 'file 0644 root' } }),
    [
      /error keepalived-script-fails .*:2 vrrp_script check: \/opt\/check is not executable: .*0755/,
    ],
  ],
  ['a script', keepalived(script, '', { paths: { '/opt/check': 'file 0755 root /bin/sh' } }), []],
  [
    'a script without its interpreter',
    keepalived(script, '', { paths: { '/opt/check': 'file 0755 root /bin/nosh' } }),
    [/error keepalived-script-fails .*\/opt\/check needs \/bin\/nosh, which does not exist/],
  ],
  [
    'a script of this run',
    keepalived(script, '', {
      files: { '/opt/check': '#!/bin/sh\n' },
      modes: { '/opt/check': 0o755 },
    }),
    [],
  ],
  [
    'a script of this run without its interpreter',
    keepalived(script, '', {
      files: { '/opt/check': '#! /bin/nosh -e\n' },
      modes: { '/opt/check': 0o755 },
    }),
    [/needs \/bin\/nosh/],
  ],
  [
    'a script of this run without its x bit',
    keepalived(script, '', {
      files: { '/opt/check': '#!/bin/sh\n' },
      paths: { '/opt/check': 'file 0755 root' },
    }),
    [/is not executable/],
  ],
  [
    'a script that is a folder',
    keepalived(script, '', { paths: { '/opt/check': 'directory 0755 root' } }),
    [/is not a file/],
  ],
  ['a script looked up in PATH', keepalived('vrrp_script check {\n script "true"\n}'), []],
  [
    'a notify script that does not exist',
    keepalived('', 'notify_master "/opt/announce eth0"'),
    [/^warning keepalived-script-fails .*:6 notify_master: \/opt\/announce does not exist/],
  ],

  [
    "a VIP that is this node's own address",
    keepalived('', '', {}, '192.0.2.11/24'),
    [/error keepalived-address .*:8 virtual address 192\.0\.2\.11\/24 of VI_1 is this node's own/],
  ],
  [
    'a VIP that it sends its adverts from',
    keepalived('', source('198.51.100.1'), { addresses: ['eth0 198.51.100.1/24'] }, '198.51.100.1'),
    [/error keepalived-address .*is this node's own/],
  ],
  ['a VIP that keepalived holds', keepalived('', '', { addresses: ['eth0 192.0.2.101/24'] }), []],
  [
    'adverts from an address that is not here',
    keepalived('', source('203.0.113.1')),
    [
      /warning keepalived-address .*:6 unicast_src_ip 203\.0\.113\.1 of VI_1 is not an address of this/,
    ],
  ],
  [
    'a VIP in the network of another interface',
    keepalived('', '', { addresses: ['eth1 198.51.100.1/24'] }, '198.51.100.9/24'),
    [/warning keepalived-address .*is in the network of eth1 \(198\.51\.100\.1\/24\).*put on eth0/],
  ],
  [
    'a VIP in the network of both interfaces',
    keepalived('', '', { addresses: ['eth1 192.0.2.12/24'] }),
    [],
  ],
  ['a VIP in no network', keepalived('', '', {}, '203.0.113.9/24'), []],
  [
    'a VIP that was put on another interface by the keepalived before',
    keepalived(
      '',
      '',
      {
        addresses: ['eth1 198.51.100.9/24'],
        keepalivedNow: 'vrrp_instance A {\n virtual_ipaddress {\n 198.51.100.9/24\n }\n}\n',
      },
      '198.51.100.10/24',
    ),
    [],
  ],

  [
    'keepalived is to be stopped',
    keepalived(tracked, source('203.0.113.1'), {
      services: [{ name: 'keepalived', state: 'stopped' }],
    }),
    [],
  ],
  [
    'nothing of keepalived changes in this run',
    keepalived(tracked, '', { changing: ['/etc/motd'] }),
    [/^warning keepalived-track-folder /],
  ],
]

judgeAll(cases)

test.run()
