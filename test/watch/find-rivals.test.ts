import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { PeerView } from '../../agent/peers/evidence.ts'
import { findRivals, holdVips } from '../../agent/watch/find-rivals.ts'

const vip = '192.0.2.101'

function peer(vips: readonly string[], age: number | null, name = 'lb2'): PeerView {
  const evidence = age === null ? null : { watch: { vips } }
  return { name, address: '192.0.2.12', evidence, age, problem: null } as unknown as PeerView
}

/** Names of peers in the warnings, at second 100. */
const found = (since: number, ...peers: readonly PeerView[]): readonly string[] =>
  findRivals(new Map([[vip, since]]), peers, 100_000).map(({ code, text }) => `${code} ${text}`)

test('a VIP that only this node has', () => assert.equal(found(0, peer([], 500)), []))

test('a VIP that the peer has as well', () => {
  const [sentence = '', ...more] = found(0, peer([vip], 500))
  assert.equal(more, [])
  assert.match(sentence, /^vrrp-two-masters 192\.0\.2\.101 is here and on lb2 at the same time/)
})

test('several peers', () => {
  assert.match(found(0, peer([vip], 500), peer([vip], 500, 'lb3'))[0] ?? '', /on lb2 and lb3/)
})

test('what the peer said before the VIP came here', () => {
  assert.equal(found(99_700, peer([vip], 500)), [])
  assert.is(found(99_400, peer([vip], 500)).length, 1)
})

test('old evidence, and none', () => {
  assert.equal(found(0, peer([vip], 2_600)), [])
  assert.equal(found(0, peer([], null)), [])
})

test('a VIP is held from the look that first saw it', () => {
  const first = holdVips(new Map(), [vip], 1)
  const second = holdVips(first, [vip, '192.0.2.102'], 2)
  assert.equal(
    [...second],
    [
      [vip, 1],
      ['192.0.2.102', 2],
    ],
  )
  assert.equal([...holdVips(holdVips(second, [], 3), [vip], 4)], [[vip, 4]])
})

test.run()
