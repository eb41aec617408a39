import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { vrrpPeers } from '../../../agent/checks/desired/vrrp-peers.ts'

const cases: readonly (readonly [string, unknown, readonly string[]])[] = [
  ['no instances', undefined, []],
  ['an instance of its own', [{ hosts: ['lb1', 'lb2'] }], ['lb2']],
  ['a peer of two instances', [{ hosts: ['lb1', 'lb2'] }, { hosts: ['lb2', 'lb1'] }], ['lb2']],
  ['an instance of others', [{ hosts: ['lb2', 'lb3'] }, { hosts: ['lb1', 'lb4'] }], ['lb4']],
  ['what roles have yet to refuse', [null, {}, { hosts: 'lb1' }, { hosts: ['lb1', 7] }], []],
]

for (const [name, instances, expected] of cases) {
  test(name, () => {
    const vars = { keepalived_instances: instances }
    assert.equal(vrrpPeers({ host: 'lb1', vars }), expected)
  })
}

test.run()
