import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { PeerView } from '../../agent/peers/evidence.ts'
import type { WatchStatus } from '../../agent/peers/watch-status.ts'
import type { Hold } from '../../agent/programs/keepalived/hold-file.ts'
import { seePeers } from '../../agent/watch/peer-sight.ts'
import type { PeerSight } from '../../agent/watch/watch-state.ts'

const hold = (file: Hold['file']): Hold => ({ file, owner: 'watch', reason: '', since: '' })

function peer(watch: Partial<WatchStatus>, age: number | null = 500): PeerView {
  const status = { haproxy: 'up', isReady: true, holds: [], ...watch }
  const evidence = { watch: status } as unknown as PeerView['evidence']
  return { name: 'lb2', address: '192.0.2.12', evidence, age, problem: null }
}

const ready = peer({})
const dead = peer({ haproxy: 'dead', isReady: false })
const inFault = peer({ haproxy: 'dead', isReady: false, holds: [hold('fault')] })
const recovering = peer({ isReady: false, holds: [hold('fault')] })
const drained = peer({ isReady: false, holds: [hold('drain')] })
const old = peer({}, 10_000)
const silent: PeerView = { ...ready, evidence: null, age: null, problem: 'refused' }

const cases: readonly (readonly [string, readonly PeerView[], PeerSight, boolean])[] = [
  ['no peers', [], 'none', false],
  ['a peer that serves', [ready], 'ready', false],
  ['a peer that does not', [dead], 'worse', false],
  ['a peer in FAULT', [inFault], 'worse', true],
  ['a peer that serves again and is held back still', [recovering], 'worse', true],
  ['a peer that an operator has drained serves, if need be', [drained], 'unknown', false],
  ['a peer that says nothing', [silent], 'unknown', false],
  ['what a peer said long ago', [old], 'unknown', false],
  ['one that serves among several', [dead, silent, ready], 'ready', false],
  ['one that is down and one that says nothing', [dead, silent], 'unknown', false],
  ['one in FAULT and one that says nothing', [inFault, silent], 'unknown', false],
  ['all in FAULT', [inFault, inFault], 'worse', true],
]

for (const [name, views, sight, isPeerInFault] of cases) {
  test(name, () => {
    const readyAge = sight === 'ready' ? 500 : null
    assert.equal(seePeers(views), { peer: sight, readyAge, isPeerInFault })
  })
}

test.run()
