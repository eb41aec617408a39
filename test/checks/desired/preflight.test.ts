import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { preflight, preflightRules } from '../../../agent/checks/desired/preflight.ts'
import type { Finding } from '../../../agent/checks/finding.ts'
import type { Remote } from '../../../agent/source/remote-address.ts'
import { sampleHost } from './sample.ts'
import { chain, host } from './state.ts'

const remote: Remote = { host: 'git.example.com', port: 22, protocol: 'ssh' }

/** The rules that find something in a load balancer of the sample, with the level. */
async function findings(extra: Readonly<Record<string, unknown>>): Promise<readonly string[]> {
  const [self, peer] = await Promise.all([sampleHost('lb1', extra), sampleHost('lb2', extra)])
  return preflight({ self, peers: [peer], remote }).map(({ level, rule }) => `${level} ${rule}`)
}

const instance = {
  name: 'VI_1',
  virtual_router_id: 51,
  hosts: ['lb1', 'lb2'],
  virtual_ipaddress: ['192.0.2.101/32'],
}

/** Variables over those of the sample. */
const cases: readonly (readonly [string, Readonly<Record<string, unknown>>, readonly string[]])[] =
  [
    ['as it is', {}, []],
    ['with multicast', { keepalived_instances: [{ ...instance, unicast: false }] }, []],
    ['with a firewall that lets the rest pass', { iptables_default: 'return' }, []],
    [
      'with equal priorities',
      { keepalived_instances: [{ ...instance, priorities: [100, 100] }] },
      ['error equal-priorities'],
    ],
    [
      'without an instance',
      { keepalived_instances: [] },
      ['error no-vrrp-instance', 'warning firewall-drops'],
    ],
    [
      'with a rule that drops VRRP',
      { iptables_rules: ['-p 112 -j DROP'] },
      ['error firewall-drops'],
    ],
    ['with ssh from nobody but the load balancers', { iptables_ssh_from: ['loadbalancers'] }, []],
    ['with ssh from nobody', { iptables_ssh_from: [] }, ['error firewall-drops']],
    ['with http from nobody', { iptables_haproxy_from: [] }, ['warning firewall-drops']],
  ]
for (const [name, extra, expected] of cases) {
  test(`the sample ${name}: ${expected.join(', ') || 'nothing'}`, async () => {
    assert.equal(await findings(extra), expected)
  })
}

test('a real server of the sample is fine', async () => {
  assert.equal(preflight({ self: await sampleHost('web1'), peers: [], remote }), [])
})

test('shows errors before warnings, and gives each the id of its rule', () => {
  const keepalived =
    'vrrp_instance VI_1 {\nvirtual_router_id 51\nunicast_peer {\n192.0.2.11\n}\n}\n'
  const self = host('lb1', ['192.0.2.11'], { keepalived }, [chain([])])
  const peers = [host('lb2', ['192.0.2.12'], { keepalived })]
  const all = preflight({ self, peers, remote })
  const levels = all.map((finding: Finding) => finding.level)
  assert.equal(levels, [...levels].sort())
  const ids = preflightRules.map((rule) => rule.id)
  assert.is(new Set(ids).size, ids.length)
  assert.equal(
    [...new Set(all.map((finding) => finding.rule))],
    ['peer-is-self', 'equal-priorities', 'firewall-drops', 'peer-key'],
  )
})

test.run()
