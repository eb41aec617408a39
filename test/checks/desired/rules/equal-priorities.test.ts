import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { equalPriorities } from '../../../../agent/checks/desired/rules/equal-priorities.ts'
import type { Finding } from '../../../../agent/checks/finding.ts'
import { formatProblem } from '../../../../agent/system/errors.ts'
import { host } from '../state.ts'

interface Written {
  readonly name?: string
  readonly vrid?: string
  readonly priority?: string
  readonly link?: string
  readonly peer?: string
  readonly more?: string
}

function instance(written: Written): string {
  const { name = 'VI_1', vrid = '51', priority = 'priority 100', link = 'eth0' } = written
  const peer = written.peer === undefined ? '' : `unicast_peer {\n${written.peer}\n}`
  return `vrrp_instance ${name} {
  interface ${link}
  virtual_router_id ${vrid}
  ${priority}
  ${written.more ?? ''}
  ${peer}
}
`
}

function check(own: readonly Written[], theirs: readonly Written[]): readonly Finding[] {
  const text = (all: readonly Written[]): string => all.map(instance).join('\n')
  return equalPriorities.check({
    self: host('lb1', ['192.0.2.11'], { keepalived: text(own) }),
    peers: [
      host('lb2', ['192.0.2.12'], { keepalived: text(theirs) }),
      host('web1', ['192.0.2.21']),
    ],
    remote: null,
  })
}

const cases: readonly (readonly [string, Written[], Written[], string | null])[] = [
  ['the same', [{}], [{}], 'error'],
  ['one less', [{}], [{ priority: 'priority 99' }], null],
  ['another router', [{}], [{ vrid: '52' }], null],
  ['another name for the same router', [{}], [{ name: 'VI_9' }], 'error'],
  ['both unset', [{ priority: '' }], [{ priority: '' }], 'error'],
  ['unset is 100', [{}], [{ priority: '' }], 'error'],
  ['unset of a MASTER is 255', [{}], [{ priority: 'state MASTER' }], null],
  [
    'mirrored instances',
    [{}, { name: 'VI_2', vrid: '52', priority: 'priority 99' }],
    [{ priority: 'priority 99' }, { name: 'VI_2', vrid: '52' }],
    null,
  ],
  ['nopreempt on both', [{ more: 'nopreempt' }], [{ more: 'nopreempt' }], 'warning'],
  ['nopreempt on one', [{ more: 'nopreempt' }], [{}], 'error'],
  [
    'scripts of the user decide',
    [{ more: 'track_script {\nchk_mysql\n}' }],
    [{ more: 'track_script {\nchk_mysql\n}' }],
    'warning',
  ],
  [
    'only the check of haproxy, which says the same on both',
    [{ more: 'track_script {\nevenkeel_haproxy\n}' }],
    [{ more: 'track_script {\nevenkeel_haproxy\n}' }],
    'error',
  ],
  ['another family', [{}], [{ more: 'native_ipv6' }], null],
  ['both IPv6', [{ more: 'native_ipv6' }], [{ more: 'native_ipv6' }], 'error'],
  ['other interface names', [{}], [{ link: 'ens3' }], 'warning'],
  [
    'other interface names, but unicast peers',
    [{ peer: '192.0.2.12' }],
    [{ link: 'ens3' }],
    'error',
  ],
  [
    'another peer behind another interface',
    [{ peer: '192.0.2.13' }],
    [{ link: 'ens3' }],
    'warning',
  ],
  [
    'peers by the address that they send from',
    [{ peer: '10.0.0.12' }],
    [{ link: 'ens3', more: 'unicast_src_ip 10.0.0.12' }],
    'error',
  ],
  [
    'a file for both nodes',
    [{ priority: '@lb1 priority 100\n  @lb2 priority 99' }],
    [{ priority: '@lb1 priority 100\n  @lb2 priority 99' }],
    null,
  ],
  [
    'a condition that may be another',
    [{ priority: '@other priority 99' }],
    [{ priority: '@other priority 99' }],
    'warning',
  ],
  ['no number', [{ priority: 'priority ${P}' }], [{ priority: 'priority ${P}' }], null],
]
for (const [name, own, theirs, level] of cases) {
  test(`${level ?? 'nothing'}: ${name}`, () => {
    assert.equal(
      check(own, theirs).map((finding) => finding.level),
      level === null ? [] : [level],
    )
  })
}

test('says which hosts, which instance, and what to do', () => {
  assert.equal(check([{}], [{ name: 'VI_9' }]).map(formatProblem), [
    'roles/keepalived/tasks/main.yml:50: /etc/keepalived/keepalived.conf:4 lb1 and lb2 would run VI_1 (on lb2: VI_9), virtual_router_id 51, with the same priority 100: after an election either may hold the VIPs, and neither takes them back; give each host a priority of its own (priorities in keepalived_instances)',
  ])
})

test.run()
