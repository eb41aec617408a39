import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Reach } from '../../agent/health/health.ts'
import { linesOf } from '../lines-of.ts'
import { health, judge, nothing } from './sample.ts'

const peer = (isReachable: boolean | null): Reach['peers'] => [{ name: 'lb2', isReachable }]
const all: Reach = { remote: true, peers: peer(true) }
const none: Reach = { remote: false, peers: peer(false) }
const network = { ...nothing, network: true }
const haproxy = { ...nothing, haproxy: true }

for (const [name, before, now, touched, verdict, count] of [
  ['all as before', all, all, network, 'pass', 0],
  ['remote and peer are gone', all, none, network, 'wait', 2],
  ['not through this change', all, none, haproxy, 'pass', 0],
  ['they were gone before', none, none, network, 'pass', 0],
  ['they came back', none, all, network, 'pass', 0],
  ['nobody has tried yet', all, null, network, 'wait', 2],
  ['nobody has tried yet, and it would not matter', all, null, haproxy, 'wait', 2],
  ['nobody tried before', null, none, network, 'pass', 0],
  ['nobody could tell before', { remote: null, peers: peer(null) }, none, network, 'pass', 0],
  ['the peer alone is gone', all, { remote: true, peers: peer(false) }, network, 'wait', 1],
  ['the peer is no peer any more', all, { remote: true, peers: [] }, network, 'wait', 1],
] as const) {
  test(name, () => {
    const judged = judge({
      before: health({ reach: before }),
      now: health({ reach: now }),
      touched,
    })
    assert.is(judged.verdict, verdict)
    assert.is(judged.reasons.length, count)
  })
}

test('who is gone is told', () => {
  const views = { before: health({ reach: all }), now: health({ reach: none }) }
  const sentences = [
    'the Git remote can no longer be reached from this node',
    'lb2 no longer answers this node',
  ]
  assert.equal(judge({ ...views, touched: network }).reasons, sentences)
  const { warnings } = judge({ ...views, touched: haproxy })
  assert.is(linesOf(warnings), `remote-lost ${sentences[0]}\npeer-lost ${sentences[1]}`)
})

test.run()
