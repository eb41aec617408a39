import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { fqdnOf, ownName } from '../../agent/facts/own-name.ts'
import { fakeNode } from './fake-node.ts'

const cases: readonly (readonly [name: string, hosts: string, fqdn: string])[] = [
  ['lb1', '127.0.1.1\tlb1.example.com lb1\n', 'lb1.example.com'],
  ['lb1', '127.0.1.1 lb1 lb1.example.com\n', 'lb1.example.com'],
  ['lb1', '127.0.0.1 localhost lb1\n192.0.2.1 lb1.example.com lb1\n', 'lb1.example.com'],
  ['lb1', '# 127.0.1.1 lb1.example.com lb1\n192.0.2.2 lb2.example.com lb2 # lb1\n', 'lb1'],
  ['lb1', '', 'lb1'],
  ['lb1.example.com', '127.0.1.1 lb1.example.net lb1.example.com\n', 'lb1.example.com'],
]

for (const [name, hosts, fqdn] of cases) {
  test(`${name} is ${fqdn} by ${JSON.stringify(hosts)}`, () => {
    assert.is(fqdnOf(name, hosts), fqdn)
  })
}

test('the hostname ends at its first dot', async () => {
  const { files } = fakeNode()
  assert.equal(await ownName(files, 'lb1.example.com'), {
    fqdn: 'lb1.example.com',
    hostname: 'lb1',
  })
  assert.equal(await ownName(files, 'lb1'), { fqdn: 'lb1.example.com', hostname: 'lb1' })
})

test.run()
