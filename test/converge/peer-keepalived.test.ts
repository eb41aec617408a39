import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  askForKeepalived,
  askNobody,
  toPeerKeepalived,
} from '../../agent/converge/peer-keepalived.ts'
import type { Evidence, PeerView } from '../../agent/peers/evidence.ts'
import { evidenceOf, profileOf } from '../daemon/evidence/sample.ts'

const commit = 'a'.repeat(40)

function viewOf(more: Partial<Evidence> | null, address = '192.0.2.12'): PeerView {
  const known = { name: 'lb2', address, age: 0 }
  return more === null
    ? { ...known, evidence: null, problem: 'lb2 does not answer' }
    : { ...known, evidence: { ...evidenceOf('lb2'), disabled: null, ...more }, problem: null }
}

const runs = { keepalived: { isRunning: true, version: '2.2.7' } }
const stopped = { keepalived: { isRunning: false, version: null } }
const disabled = { reason: 'switch', who: 'alice', until: null }

const cases: readonly (readonly [string, PeerView, boolean, RegExp])[] = [
  ['one that runs', viewOf(runs), false, /^runs keepalived 2\.2\.7 with aaaaaaaa$/],
  ['one that has stopped', viewOf(stopped), true, /./],
  ['one that has stopped while disabled', viewOf({ ...stopped, disabled }), true, /./],
  [
    'one that is disabled',
    viewOf({ ...runs, disabled }),
    false,
    /^runs keepalived .*, though its agent is disabled$/,
  ],
  ['an older agent', viewOf({}), false, /^counts as running, since its Evenkeel does not say/],
  ['silence', viewOf(null), false, /^counts as running, since lb2 does not answer$/],
]

for (const [name, view, isStopped, reason] of cases) {
  test(name, () => {
    const peer = toPeerKeepalived(view, commit)
    assert.is(peer.isStopped, isStopped)
    assert.match(peer.reason, reason)
    assert.is(peer.answers, view.evidence !== null)
  })
}

test('which commit a peer has counts for a run of that commit alone', () => {
  assert.ok(toPeerKeepalived(viewOf(runs), commit).isOnCommit)
  assert.not.ok(toPeerKeepalived(viewOf(runs), 'b'.repeat(40)).isOnCommit)
  assert.not.ok(toPeerKeepalived(viewOf(runs), null).isOnCommit)
  assert.not.ok(toPeerKeepalived(viewOf({ ...runs, applied: null }), commit).isOnCommit)
  assert.not.ok(toPeerKeepalived(viewOf(null), commit).isOnCommit)
})

const peersOf = (address: string, key = 'new') => {
  const profile = profileOf('lb1', { key })
  const peers = [{ name: 'lb2', address, port: 22 }]
  return { ...profile, scope: { ...profile.scope, peers } }
}

test('a peer that the commit takes off is asked, too', async () => {
  const found = await askForKeepalived(
    peersOf('192.0.2.12'),
    peersOf('192.0.2.13'),
    commit,
    async ({ scope }) => scope.peers.map(({ address }) => viewOf(runs, address)),
  )
  assert.is(found.length, 2)
})

test('a peer answers to the key of the last good run, or to the new one', async () => {
  for (const its of ['old', 'new']) {
    const [peer, ...more] = await askForKeepalived(
      peersOf('192.0.2.12', 'old'),
      peersOf('192.0.2.12'),
      commit,
      async ({ evidence }) => [viewOf(evidence?.key === its ? stopped : null)],
    )
    assert.ok(peer?.isStopped, its)
    assert.equal(more, [])
  }
})

test('where nobody can be asked, every peer may run', async () => {
  const [peer] = await askForKeepalived(null, profileOf('lb1'), commit, askNobody)
  assert.equal([peer?.name, peer?.isStopped, peer?.answers], ['lb2', false, false])
})

test.run()
