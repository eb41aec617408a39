import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { readRestoreFault } from '../../../agent/programs/netfilter/restore-fault.ts'

for (const [stderr, fault] of [
  [
    "iptables-nft-restore v1.8.9 (nf_tables): invalid port/service `x' specified\n" +
      "Error occurred at line: 4\nTry `iptables-restore -h' for more information.\n",
    "invalid port/service `x' specified",
  ],
  [
    'ip6tables-restore v1.8.9 (nf_tables): \nline 4: RULE_APPEND failed (Invalid argument): rule in chain X\n',
    'the kernel refuses it (Invalid argument)',
  ],
  ['iptables-restore: line 5 failed\n', 'the kernel refuses it'],
  ["Bad argument `2'\nError occurred at line: 3\n", "Bad argument `2'"],
  [
    'iptables-restore v1.8.9 (legacy): \nThe "nat" table is not intended for filtering, no DROP.\n\n',
    'The "nat" table is not intended for filtering, no DROP.',
  ],
  ['iptables-restore: line 4 failed: Index of insertion too big.\n', 'Index of insertion too big.'],
] as const) {
  test(`of ${JSON.stringify(stderr.slice(0, 60))} people need "${fault}"`, () =>
    assert.is(readRestoreFault(stderr), fault))
}

test.run()
