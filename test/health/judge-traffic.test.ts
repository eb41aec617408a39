/** Rules as iptables-save prints them, before a change and after it, and what the gate makes of that. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { TrafficHealth } from '../../agent/health/health.ts'
import { neededTraffic } from '../../agent/health/needed-traffic.ts'
import { confirmDrops, walkTraffic } from '../../agent/health/traffic-health.ts'
import { savedFirewall } from '../../agent/programs/netfilter/firewall.ts'
import { parseSaves } from '../../agent/programs/netfilter/saved-table.ts'
import { chain, host } from '../checks/desired/state.ts'
import { everything, health, judge, nothing } from './sample.ts'

const haproxy = 'frontend web\n  bind *:80\n'
const keepalived = `vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 51
  unicast_src_ip 192.0.2.11
  unicast_peer {
    192.0.2.12
  }
  virtual_ipaddress {
    192.0.2.101/24
  }
}
`
const web = '-p tcp -m tcp --dport 80 -j ACCEPT'
const own = [
  '-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
  '-s 192.0.2.12/32 -p vrrp -j ACCEPT',
  '-p tcp -m tcp --dport 22 -j ACCEPT',
  web,
  '-j DROP',
]
const officeWeb = own.map((rule) => (rule === web ? `-s 10.0.0.0/8 ${web}` : rule))
const logging = [
  ':LOGGING - [0:0]',
  '-A LOGGING -m limit --limit 2/min -j LOG',
  '-A LOGGING -j DROP',
]

/** The filter table: an INPUT of these rules, where `ours` is our jump, and chains of others. */
function save(
  input: readonly string[],
  { rules = own, others = [] as readonly string[], policy = 'ACCEPT' } = {},
): string {
  const jump = '-m comment --comment evenkeel -j EVENKEEL-IN'
  return [
    '*filter',
    `:INPUT ${policy} [0:0]`,
    ':OUTPUT ACCEPT [0:0]',
    ':EVENKEEL-IN - [0:0]',
    ...rules.map((rule) => `-A EVENKEEL-IN ${rule}`),
    ...others,
    ...input.map((rule) => `-A INPUT ${rule === 'ours' ? jump : rule}`),
    'COMMIT\n',
  ].join('\n')
}

/** ufw's table with our jump as the rule of that number; 0: without. */
function ufw(policy: string, place: number): string {
  const samples = join(import.meta.dirname, '../programs/netfilter/samples')
  const text = readFileSync(join(samples, `ufw-${policy}.txt`), 'utf8')
  const chains = text.split('\n').filter((line) => /^:ufw|^-A ufw/.test(line))
  const input = text.split('\n').flatMap((line) => /^-A INPUT (.*)/.exec(line)?.[1] ?? [])
  if (place > 0) input.splice(place - 1, 0, 'ours')
  return save(input, { others: chains, policy: 'DROP' })
}

interface Case {
  readonly rules?: readonly string[]
  readonly looks?: number
  readonly touched?: typeof everything
}

function look(text: string, rules: readonly string[]): readonly TrafficHealth[] {
  const self = host('lb1', ['192.0.2.11'], { haproxy, keepalived }, [chain(rules)])
  const scope = { self, needed: neededTraffic(self, 22) }
  return walkTraffic(scope, 'ipv4', savedFirewall('ipv4', parseSaves(text)))
}

function judged(before: string, after: string, { rules = own, looks = 2, touched }: Case = {}) {
  let now: readonly TrafficHealth[] | null = null
  for (let index = 0; index < looks; index++) now = confirmDrops(now, look(after, rules))
  return judge({
    before: health({ traffic: look(before, rules) }),
    now: health({ traffic: now }),
    touched: touched ?? everything,
  })
}

const onVip =
  /every new connection to "bind \*:80" \(\/etc\/haproxy\/haproxy.cfg:2\) on 192\.0\.2\.101/

for (const [name, before, after, more, reasons] of [
  [
    'our jump went behind a chain that drops',
    save(['ours', '-j LOGGING'], { others: logging }),
    save(['-j LOGGING', 'ours'], { others: logging }),
    {},
    [
      /^the firewall now drops VRRP from 192\.0\.2\.12: by "-j DROP", rule 2 of LOGGING, which is not Evenkeel's/,
      /ssh \(port 22\)/,
      onVip,
    ],
  ],
  ["behind ufw's last chain, before its policy", ufw('deny', 1), ufw('deny', 7), {}, []],
  ["behind ufw's rejects", ufw('reject', 4), ufw('reject', 6), {}, [/VRRP/, onVip]],
  [
    'our chain is gone, and ufw denies',
    ufw('deny', 4),
    ufw('deny', 0),
    {},
    [/VRRP/, /the policy of INPUT/],
  ],
  ['our chain came, and ufw denies', ufw('deny', 0), ufw('deny', 4), {}, []],
  [
    'a rule of our own closes the port',
    save(['ours']),
    save(['ours'], { rules: own.filter((rule) => rule !== web) }),
    {},
    [],
  ],
  [
    'somebody is banned',
    save(['ours']),
    save(['-s 198.51.100.7/32 -j DROP', '-s 10.0.0.0/32 -j DROP', 'ours']),
    {},
    [],
  ],
  [
    'somebody is banned whom our rules name',
    save(['ours'], { rules: officeWeb }),
    save(['-s 10.1.0.0/16 -j DROP', 'ours'], { rules: officeWeb }),
    { rules: officeWeb },
    [],
  ],
  [
    'all are shut out whom our rules let in',
    save(['ours'], { rules: officeWeb }),
    save(['-p tcp -m tcp --dport 80 -j REJECT', 'ours'], { rules: officeWeb }),
    { rules: officeWeb },
    [onVip],
  ],
  [
    'the public is shut out, and a rule of others lets an office in',
    save(['ours']),
    save(['-s 10.0.0.0/8 -j ACCEPT', '-p tcp -m tcp --dport 80 -j REJECT', 'ours']),
    {},
    [onVip],
  ],
  [
    'what comes in by the interface of the VIP is dropped',
    save(['ours']),
    save(['-i eth0 -p tcp -m multiport --dports 80,443 -j DROP', 'ours']),
    {},
    [onVip],
  ],
  [
    'what comes in by another interface is dropped',
    save(['ours']),
    save(['-i eth1 -p tcp -m multiport --dports 80,443 -j DROP', 'ours']),
    {},
    [],
  ],
  [
    'the VIP is closed to all',
    save(['ours']),
    save(['-d 192.0.2.101/32 -p tcp -j DROP', 'ours']),
    {},
    [onVip],
  ],
  [
    'a drain holds new connections off',
    save(['ours']),
    save(['-d 192.0.2.101/32 -p tcp -m comment --comment evenkeel -j DROP', 'ours']),
    {},
    [],
  ],
  [
    'it depends on more than the packet',
    save(['ours']),
    save(['-p tcp -m recent --name seen --rcheck -j DROP', 'ours']),
    {},
    [],
  ],
  [
    'answers are dropped',
    save(['ours']),
    save(['ours']).replace('COMMIT', '-A OUTPUT -p tcp -m tcp --sport 80 -j DROP\nCOMMIT'),
    {},
    [/the answers of "bind \*:80"/],
  ],
  [
    'another table drops it',
    save(['ours']),
    `*mangle\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -p tcp -m tcp --dport 80 -j DROP\nCOMMIT\n${save(['ours'])}`,
    {},
    [/rule 1 of PREROUTING \(table mangle\)/],
  ],
] as const) {
  test(`${reasons.length > 0 ? 'fails' : 'passes'}: ${name}`, () => {
    const result = judged(before, after, more)
    assert.is(result.verdict, reasons.length > 0 ? 'fail' : 'pass', result.reasons.join('\n'))
    assert.is(result.reasons.length, reasons.length, result.reasons.join('\n'))
    reasons.forEach((reason, index) => assert.match(result.reasons[index] ?? '', reason))
    assert.equal(result.warnings, [])
  })
}

const lost = [
  save(['ours', '-j LOGGING'], { others: logging }),
  save(['-j LOGGING', 'ours'], { others: logging }),
] as const

test('one look is no proof: somebody may be loading rules', () => {
  const { verdict, isHarmful } = judged(...lost, { looks: 1 })
  assert.is(verdict, 'wait')
  assert.is(isHarmful, true)
})

test('what a change can not have done is a warning', () => {
  const { verdict, warnings } = judged(...lost, { touched: { ...nothing, haproxy: true } })
  assert.is(verdict, 'pass')
  assert.equal([...new Set(warnings.map(({ code }) => code))], ['traffic-dropped'])
  assert.is(warnings.length, 3)
})

test('what was shut out before is a warning, where clients of haproxy meet it', () => {
  const { verdict, warnings } = judged(lost[1], lost[1])
  assert.is(verdict, 'pass')
  assert.is(warnings.length, 1)
  assert.match(
    warnings[0]?.text ?? '',
    /^the firewall drops every new connection to "bind .*, as before: by "-j DROP"/,
  )
})

test('where nobody has looked, nothing is said', () => {
  const before = health({ traffic: null })
  const now = health({ traffic: look(lost[1], own) })
  assert.is(judge({ before, now }).verdict, 'pass')
  assert.is(judge({ before: now, now: before }).verdict, 'pass')
})

test.run()
