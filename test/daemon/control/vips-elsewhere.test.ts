import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { findVips } from '../../../agent/daemon/control/vips-elsewhere.ts'
import type { PeerView } from '../../../agent/peers/evidence.ts'

const peer = (vips: readonly string[], age: number | null = 500): PeerView =>
  ({ name: 'lb2', evidence: { watch: { vips } }, age }) as unknown as PeerView
const silent = { name: 'lb3', evidence: null, age: null } as unknown as PeerView

const cases: readonly [string, readonly PeerView[], readonly string[] | null][] = [
  ['no peers', [], null],
  ['a peer with a VIP', [peer(['192.0.2.101'])], ['192.0.2.101']],
  ['a peer without one', [peer([])], []],
  ['several', [peer(['192.0.2.101']), peer(['192.0.2.102'])], ['192.0.2.101', '192.0.2.102']],
  ['one of them does not tell', [peer([]), silent], null],
  ['what was told a while ago', [peer([], 1_600)], null],
]

for (const [name, peers, vips] of cases) {
  test(name, () => assert.equal(findVips(peers), vips))
}

test.run()
