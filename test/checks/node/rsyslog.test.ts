import { test } from 'uvu'
import { judgeAll } from './world.ts'
import type { Case, World } from './world.ts'

const path = '/etc/rsyslog.d/49-haproxy.conf'

function rsyslog(text: string, other: World = {}): World {
  return { ...other, files: { [path]: `${text}\n`, ...other.files } }
}

const udp = (parameters: string): string =>
  `module(load="imudp")\ninput(type="imudp" ${parameters})`
const held = {
  sockets: ['udp UNCONN 0 0 0.0.0.0:514 0.0.0.0:* users:(("syslog-ng",pid=9,fd=3))'],
  processes: { 9: ['syslog-ng.service', '/usr/sbin/syslog-ng'] },
} as const
const file = (parameters: string): string =>
  `ruleset(name="r") {\n  # file="/nowhere/x"\n  action(\n    type="omfile" ${parameters}\n  )\n}`

/** Each was tried with rsyslog 8.2302 and 8.2504: `-N1` ends with 0. */
const cases: readonly Case[] = [
  [
    'a port that another process has',
    rsyslog(udp('address="127.0.0.1" port="514" ruleset="r"'), held),
    [
      /^error rsyslog-input .*49-haproxy\.conf:2 imudp on 127\.0\.0\.1, port 514: pid 9 .*of syslog-ng\.service has 0\.0\.0\.0:514: rsyslog would run/,
    ],
  ],
  [
    'a port on every address',
    rsyslog(udp('port="514"'), held),
    [/imudp on every address, port 514/],
  ],
  ['two ports', rsyslog(udp('port=["513","514"]'), held), [/port 514/]],
  ['a port of TCP', rsyslog('input(type="imtcp" port="514")', held), []],
  ['another port', rsyslog(udp('address="127.0.0.1" port="515"'), held), []],
  ['a comment', rsyslog('# input(type="imudp" port="514")', held), []],
  [
    'a port as old files have it',
    rsyslog('$ModLoad imudp\n$UDPServerAddress 127.0.0.1\n$UDPServerRun 514', held),
    [/:3 imudp on 127\.0\.0\.1, port 514/],
  ],
  [
    "rsyslog's own port",
    rsyslog(udp('port="514"'), {
      ...held,
      processes: { 9: ['rsyslog.service', '/usr/sbin/rsyslogd'] },
    }),
    [],
  ],
  [
    'an address that is not here, which imudp binds all the same',
    rsyslog(udp('address="203.0.113.7" port="514"')),
    [/^warning rsyslog-input .*nothing is heard there/],
  ],
  [
    'an address that is not here, without IP_FREEBIND',
    rsyslog(udp('address="203.0.113.7" port="514" ipfreebind="0"')),
    [/^error rsyslog-input .*does not have the address/],
  ],
  [
    'an address that is not here, for TCP',
    rsyslog('input(type="imtcp" address="203.0.113.7" port="514")'),
    [/^error rsyslog-input /],
  ],
  [
    'the same with ip_nonlocal_bind',
    rsyslog('input(type="imtcp" address="203.0.113.7" port="514")', {
      sysctls: { 'net/ipv4/ip_nonlocal_bind': '1' },
    }),
    [],
  ],

  ['a file', rsyslog(file('file="/var/log/haproxy.log"')), []],
  ['a file in a folder that rsyslog makes', rsyslog(file('file="/var/log/a/b.log"')), []],
  [
    'a file in a folder that rsyslog does not make',
    rsyslog(file('file="/var/log/a/b.log" createDirs="off"')),
    [/^error rsyslog-output .*conf:3 \/var\/log\/a\/b\.log: \/var\/log\/a does not exist/],
  ],
  [
    'a file in a folder that the run makes',
    rsyslog(file('file="/var/log/a/b.log" createDirs="off"'), { makes: ['/var/log/a'] }),
    [],
  ],
  [
    'a file below a file',
    rsyslog(file('file="/etc/hosts/a/b.log"'), { paths: { '/etc/hosts': 'file 0644 root' } }),
    [/\/etc\/hosts is not a folder/],
  ],
  [
    'a file that is a folder',
    rsyslog('local3.* -/var/log/a', { paths: { '/var/log/a': 'directory 0755 root' } }),
    [/rsyslog-output .*:1 \/var\/log\/a: it is a folder/],
  ],
  [
    'a selector',
    rsyslog('local3.*;auth,mail.none /etc/hosts/b.log', {
      paths: { '/etc/hosts': 'file 0644 root' },
    }),
    [/:1 \/etc\/hosts\/b\.log/],
  ],
  ['a console', rsyslog('*.emerg /dev/console/x'), []],
  [
    'rsyslog is to be stopped',
    rsyslog(udp('port="514"'), { ...held, services: [{ name: 'rsyslog', state: 'stopped' }] }),
    [],
  ],
]

judgeAll(cases)

test.run()
