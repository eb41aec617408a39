import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { findRuleFault } from '../../../agent/programs/netfilter/rule-fault.ts'

/** Options that act on a chain, a table or iptables itself, and how the fault names them. */
const foreign: readonly (readonly [string, string])[] = [
  ['-p tcp -j ACCEPT -A INPUT', '-A'],
  ['-p tcp -AINPUT -j ACCEPT', '-A'],
  ['-t nat -p tcp -j ACCEPT', '-t'],
  ['-p tcp -tnat -j ACCEPT', '-t'],
  ['-p tcp --table nat -j ACCEPT', '--table'],
  ['-p tcp --tab=nat -j ACCEPT', '--tab'],
  ['-p tcp --modprobe=/tmp/x -j ACCEPT', '--modprobe'],
  ['-p tcp --mod /tmp/x -j ACCEPT', '--mod'],
  ['-M /tmp/x -p tcp -j ACCEPT', '-M'],
  ['-p tcp -j ACCEPT --flush', '--flush'],
  ['-p tcp -j ACCEPT -F', '-F'],
  ['-p tcp -P INPUT ACCEPT', '-P'],
]
for (const [rule, option] of foreign) {
  test(`refused: ${rule}`, () => {
    const [first = ''] = (findRuleFault(rule) ?? '').split(':')
    assert.ok(
      first === `leave out ${option.split('=')[0]}` ||
        first.startsWith(`leave out ${option.slice(0, 2)}`),
      first,
    )
  })
}

const own = [
  '-p tcp --dport 80 -j ACCEPT',
  '-p tcp -m comment --comment "-A INPUT -t nat" -j ACCEPT',
  '-p tcp -m comment --comment -A -j ACCEPT',
  '-m statistic --mode random --probability 0.5 -j DROP',
  '-m policy --pol ipsec --dir in -j ACCEPT',
  '-p tcp -m recent --set --name ssh --rsource',
  '-p tcp -m hashlimit --hashlimit-name x --hashlimit-upto 5/sec -j ACCEPT',
  '-j LOG --log-prefix "-F " --log-level 4',
  '-p tcp --syn -m limit --limit 5/s --limit-burst 9 -j ACCEPT',
  '-i eth0 -o eth1 -j ACCEPT',
]
for (const rule of own) {
  test(`accepted: ${rule}`, () => assert.is(findRuleFault(rule), null))
}

test.run()
