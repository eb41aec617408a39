import { test } from 'uvu'
import { judgeAll } from './world.ts'
import type { Case, World } from './world.ts'

const path = '/etc/haproxy/haproxy.cfg'

/** A configuration with these lines in `global` and these in a frontend; the first is line 2. */
function haproxy(global: readonly string[], frontend: readonly string[], other: World = {}): World {
  const text = ['global', ...global, 'defaults', ' mode http', 'frontend a', ...frontend]
  return { ...other, files: { [path]: `${text.join('\n')}\n`, ...other.files } }
}

const nginx = {
  sockets: ['tcp LISTEN 0 511 0.0.0.0:80 0.0.0.0:* users:(("nginx",pid=812,fd=6))'],
  processes: { 812: ['nginx.service', '/usr/sbin/nginx'] },
} as const
const stray = {
  ...nginx,
  processes: { 812: ['keepalived.service', '/usr/sbin/haproxy'] },
} as const

/** Each was tried with real haproxy. */
const cases: readonly Case[] = [
  ['the usual', haproxy(['chroot /var/lib/haproxy', 'maxconn 100'], ['bind :80']), []],
  ['no haproxy.cfg', { files: { '/etc/motd': 'bind 203.0.113.9:80' } }, []],

  [
    'a chroot that does not exist',
    haproxy(['chroot /nowhere'], []),
    [/^error haproxy-folders .*main\.yml:7: .*haproxy\.cfg:2 chroot \/nowhere: \/nowhere does not/],
  ],
  ['a chroot that this run makes', haproxy(['chroot /srv/j'], [], { makes: ['/srv/j'] }), []],
  [
    'a chroot that is a file',
    haproxy(['chroot /srv/j'], [], { paths: { '/srv/j': 'file 0644 root' } }),
    [/error haproxy-folders .*\/srv\/j is not a folder/],
  ],
  ['a second chroot counts for nothing', haproxy(['chroot /run', 'chroot /nowhere'], []), []],
  [
    'a chroot that haproxy may write to',
    haproxy(['user haproxy', 'chroot /srv/j'], [], {
      paths: { '/srv/j': 'directory 0755 haproxy' },
    }),
    [/warning haproxy-folders .*own user may write there/],
  ],
  [
    'a chroot that everybody may write to',
    haproxy(['chroot /srv/j'], [], { paths: { '/srv/j': 'directory 0777 root' } }),
    [/warning haproxy-folders /],
  ],
  [
    'an admin socket in no folder',
    haproxy(['stats socket /run/no/a.sock mode 660'], []),
    [/error haproxy-folders .*:2 stats socket \/run\/no\/a\.sock: \/run\/no does not exist/],
  ],
  [
    'an admin socket in a folder that its unit makes',
    haproxy(['stats socket /run/no/a.sock'], [], { unit: '[Service]\nRuntimeDirectory=no' }),
    [],
  ],
  [
    'a unix socket in no folder',
    haproxy([], ['bind unix@/run/no/a.sock,:80']),
    [/error haproxy-folders .*:5 bind unix@\/run\/no\/a\.sock: \/run\/no /],
  ],
  ['a chroot from the environment', haproxy(['chroot "${JAIL}"'], []), []],
  ['an abstract socket', haproxy([], ['bind abns@front']), []],
  [
    'a prefix of unix sockets',
    haproxy(['unix-bind prefix /run/no/'], ['bind /a.sock']),
    [/\/run\/no does not exist/],
  ],

  [
    'a port that nginx has',
    haproxy([], ['bind :80'], nginx),
    [
      /error haproxy-port-held .*cfg:5 bind :80: pid 812 \(\/usr\/sbin\/nginx --run\) of nginx\.service has 0\.0\.0\.0:80: .*"systemctl disable --now nginx\.service"/,
    ],
  ],
  ['another port', haproxy([], ['bind :81'], nginx), []],
  ['a range that has the port', haproxy([], ['bind :79-81'], nginx), [/haproxy-port-held/]],
  [
    'a port that nginx has, but nginx is stopped in this run',
    haproxy([], ['bind :80'], { ...nginx, services: [{ name: 'nginx', state: 'stopped' }] }),
    [],
  ],
  [
    'a port of a service whose configuration may change in this run',
    haproxy([], ['bind :80'], { ...nginx, services: [{ name: 'nginx', state: 'started' }] }),
    [/warning haproxy-port-held /],
  ],
  [
    "haproxy's own port",
    haproxy([], ['bind :80'], {
      ...nginx,
      processes: { 812: ['haproxy.service', '/usr/sbin/haproxy'] },
    }),
    [],
  ],
  [
    "haproxy's own port, which a program of its shares",
    haproxy([], ['bind :80'], {
      sockets: ['tcp LISTEN 0 511 *:80 *:* users:(("x",pid=3,fd=6),("haproxy",pid=4,fd=6))'],
      processes: { 3: ['x.service', '/usr/bin/x'], 4: ['haproxy.service', '/usr/sbin/haproxy'] },
    }),
    [],
  ],
  [
    'a port of a haproxy that a check script started, which the run ends',
    haproxy([], ['bind :80'], {
      ...stray,
      services: [{ name: 'haproxy', state: 'started', exclusive: '/usr/sbin/haproxy' }],
    }),
    [],
  ],
  [
    'a port of a haproxy that nobody ends',
    haproxy([], ['bind :80'], stray),
    [/error haproxy-port-held .*of keepalived\.service/],
  ],
  [
    'a port of a process that is not seen from here',
    haproxy([], ['bind :80'], { sockets: ['tcp LISTEN 0 511 *:80 *:*'] }),
    [/error haproxy-port-held .*not seen from here/],
  ],
  [
    'a port of a process that has just ended',
    haproxy([], ['bind :80'], { sockets: nginx.sockets }),
    [],
  ],
  [
    'a port that systemd listens on for a socket unit',
    haproxy([], ['bind :80'], {
      ...nginx,
      sockets: ['tcp LISTEN 0 511 *:80 *:* users:(("systemd",pid=1,fd=40))'],
      processes: { 1: [null, '/usr/lib/systemd/systemd'] },
    }),
    [/error haproxy-port-held .*disable the socket unit/],
  ],
  [
    'a port of the admin socket',
    haproxy(['stats socket ipv4@127.0.0.1:80 level admin'], [], nginx),
    [/haproxy-port-held .*:2 stats socket ipv4@127\.0\.0\.1:80: /],
  ],
  ['a bind in another network namespace', haproxy([], ['bind :80 namespace x'], nginx), []],
  [
    'nothing of haproxy changes in this run',
    haproxy([], ['bind :80'], { ...nginx, changing: ['/etc/motd'] }),
    [/^warning haproxy-port-held /],
  ],
  [
    'haproxy is to be stopped',
    haproxy(['chroot /nowhere'], ['bind :80'], {
      ...nginx,
      services: [{ name: 'haproxy', state: 'stopped' }],
    }),
    [],
  ],

  [
    'an address that is not here',
    haproxy([], ['bind 203.0.113.7:80']),
    [
      /error haproxy-address-missing .*:5 bind 203\.0\.113\.7:80: .*net\.ipv4\.ip_nonlocal_bind is 0/,
    ],
  ],
  [
    'an address that is not here, with the sysctl of this run',
    haproxy([], ['bind 203.0.113.7:80'], { sysctls: { 'net/ipv4/ip_nonlocal_bind': '1' } }),
    [],
  ],
  [
    'a sysctl that this run takes away',
    haproxy([], ['bind 203.0.113.7:80'], {
      live: { 'net/ipv4/ip_nonlocal_bind': '1' },
      sysctls: { 'net/ipv4/ip_nonlocal_bind': '0' },
    }),
    [/haproxy-address-missing/],
  ],
  [
    'the sysctl of the other family',
    haproxy([], ['bind [2001:db8::7]:80'], { live: { 'net/ipv4/ip_nonlocal_bind': '1' } }),
    [/haproxy-address-missing .*net\.ipv6\.ip_nonlocal_bind/],
  ],
  ['a transparent bind', haproxy([], ['bind 203.0.113.7:80 transparent']), []],
  ['an address of this node', haproxy([], ['bind 192.0.2.11:80']), []],
  ['another address of loopback', haproxy([], ['bind 127.3.4.5:80']), []],
  [
    'an address of dgram-bind',
    haproxy([], ['bind :80', 'log-forward l', 'dgram-bind 203.0.113.7:514']),
    [/haproxy-address-missing .*:7 dgram-bind 203\.0\.113\.7:514: /],
  ],
  [
    'the peer that is this node',
    haproxy(['localpeer me'], ['peers p', 'peer me 203.0.113.7:1', 'peer you 203.0.113.8:1']),
    [/haproxy-address-missing .*:7 peer me 203\.0\.113\.7:1: /],
  ],
  [
    'lines without effect',
    haproxy(
      [],
      [
        '.if !1',
        'bind 203.0.113.7:1',
        '.endif',
        'bind "${A}:1"',
        '# bind 203.0.113.7:1',
        'frontend b',
        'disabled',
        'bind 203.0.113.7:1',
      ],
    ),
    [],
  ],
  [
    'what only haproxy can tell is a warning',
    haproxy(
      [],
      ['.if feature(X)', 'bind 203.0.113.7:1', 'bind :80', 'bind /run/no/a.sock', '.endif'],
      nginx,
    ),
    [
      /warning haproxy-folders .*haproxy may not start/,
      /warning haproxy-port-held .*haproxy may not start/,
      /warning haproxy-address-missing .*haproxy may not start/,
    ],
  ],

  [
    'a file of this run that another one names',
    haproxy([], [], {
      files: {
        '/etc/default/haproxy': 'EXTRAOPTS="-f /etc/haproxy/conf.d -S /run/m.sock"\n',
        '/etc/haproxy/conf.d/20-b.cfg': 'frontend b\n bind 203.0.113.7:2\n',
        '/etc/haproxy/conf.d/20-b.cfg.old': 'frontend c\n bind 203.0.113.7:3\n',
      },
      others: { '/etc/haproxy/conf.d/10-a.cfg': 'frontend d\n bind "203.0.113.7:1"\n' },
    }),
    [
      /error haproxy-address-missing \/etc\/haproxy\/conf\.d\/10-a\.cfg:2: .*10-a\.cfg:2 bind 203\.0\.113\.7:1: /,
      /error haproxy-address-missing roles\/x\/.*conf\.d\/20-b\.cfg:2 bind 203\.0\.113\.7:2: /,
    ],
  ],
  [
    'another configuration than the usual one',
    haproxy([], ['bind 203.0.113.7:1'], {
      files: { '/etc/haproxy/lb.cfg': 'frontend a\n disabled\n bind 203.0.113.7:2\n' },
      unit: '[Service]\nExecStart=\nExecStart=haproxy -Ws \\\n  -f /etc/haproxy/lb.cfg\n',
    }),
    [],
  ],
  [
    'variables of the unit',
    haproxy([], ['bind "${ADDRESS}:1"'], {
      files: { '/etc/default/haproxy': "ADDRESS='203.0.113.7'\n" },
    }),
    [/error haproxy-address-missing .*bind 203\.0\.113\.7:1: /],
  ],

  [
    'more connections than files',
    haproxy(['maxconn 10000'], ['bind :80'], { limit: 20_000 }),
    [
      /error haproxy-open-files .*:2 maxconn 10000 needs at least 20025 open files, and haproxy may have 20000 \(LimitNOFILE of its unit\).*at most 9987/,
    ],
  ],
  ['just enough files', haproxy(['maxconn 9987'], ['bind :80'], { limit: 20_000 }), []],
  ['no maxconn', haproxy([], ['bind :80'], { limit: 10 }), []],
  [
    'haproxy may take what it gets',
    haproxy(['maxconn 10000', 'no strict-limits'], [], { limit: 20_000 }),
    [],
  ],
  [
    'a limit of its own',
    haproxy(['maxconn 100', 'fd-hard-limit 200'], []),
    [/haproxy-open-files .*\(fd-hard-limit\)/],
  ],
  ['ulimit-n', haproxy(['ulimit-n 3000'], [], { limit: 2000 }), [/ulimit-n 3000 needs.* 3000 /]],
  [
    'maxconn on the command line',
    haproxy(['maxconn 10000'], [], {
      limit: 2000,
      files: { '/etc/default/haproxy': 'EXTRAOPTS="-n 500"\n' },
    }),
    [],
  ],
]

judgeAll(cases)

test.run()
