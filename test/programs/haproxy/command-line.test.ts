import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { configFilesIn, parseCommandLine } from '../../../agent/programs/haproxy/command-line.ts'

const nothing = {
  configs: [],
  folder: null,
  localPeer: null,
  maxConnections: null,
  hasMaster: false,
  masterSockets: [],
}

const cases: readonly (readonly [string, Partial<ReturnType<typeof parseCommandLine>>])[] = [
  ['haproxy', {}],
  [
    '/usr/sbin/haproxy -Ws -f /etc/haproxy/haproxy.cfg -p /run/haproxy.pid -S /run/haproxy-master.sock',
    {
      configs: ['/etc/haproxy/haproxy.cfg'],
      hasMaster: true,
      masterSockets: ['/run/haproxy-master.sock'],
    },
  ],
  [
    'haproxy -sf 12 34 -x sockpair@4 -Ws -f a.cfg -f conf.d/ -L lb1 -C /etc/haproxy -n 500',
    {
      configs: ['a.cfg', 'conf.d/'],
      hasMaster: true,
      localPeer: 'lb1',
      folder: '/etc/haproxy',
      maxConnections: 500,
    },
  ],
  ['haproxy -W -db -f a -- b c', { configs: ['a', 'b', 'c'], hasMaster: true }],
  ['haproxy -dt -f a -dt all -f b -st 1 2', { configs: ['a', 'b'] }],
  ['haproxy -dMno-merge -dr -V -q -c -f a -cc 1 -m 100 -N 5', { configs: ['a'] }],
  ['haproxy -f a -x -f', { configs: ['a'] }],
  ['haproxy -f', {}],
]
for (const [line, expected] of cases) {
  test(line, () => assert.equal(parseCommandLine(line.split(' ')), { ...nothing, ...expected }))
}

test('the files of a folder', () => {
  const names = [
    'b.cfg',
    'Z.cfg',
    'a.cfg',
    '.x.cfg',
    'a.cfg.bak',
    'a.cfg.cfg',
    'abc',
    '.cfg',
    'acfg',
  ]
  assert.equal(configFilesIn(names), ['Z.cfg', 'a.cfg', 'b.cfg'])
})

test.run()
