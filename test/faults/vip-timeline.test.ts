import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { parseAddressEvent, tellStory } from './vip-timeline.ts'
import type { AddressEvent } from './vip-timeline.ts'

const event = (at: number, node: string, isThere: boolean): AddressEvent => ({
  at,
  node,
  address: '192.0.2.101',
  isThere,
})

test('an address that comes, and one that goes', () => {
  const rest = '2: host0    inet 192.0.2.101/24 scope global host0\\       valid_lft forever'
  assert.equal(parseAddressEvent('lb1', `[2026-11-22T19:29:37.139886] ${rest}`), {
    at: Date.UTC(2026, 10, 22, 19, 29, 37, 139),
    node: 'lb1',
    address: '192.0.2.101',
    isThere: true,
  })
  assert.is(parseAddressEvent('lb1', `[2026-11-22T19:29:37.1] Deleted ${rest}`)?.isThere, false)
  assert.is(parseAddressEvent('lb1', 'Timestamp: Sun Nov 22'), null)
})

test('nothing happens: it is where it was', () => {
  assert.equal(tellStory(['lb1'], [], 0, 1000), {
    onNone: 0,
    onTwo: 0,
    arrivals: 0,
    left: null,
    holders: ['lb1'],
  })
})

test('break before make, and make before break on the way back', () => {
  const events = [
    event(4050, 'lb2', false),
    event(100, 'lb1', false),
    event(133, 'lb2', true),
    event(4000, 'lb1', true),
  ]
  assert.equal(tellStory(['lb1'], events, 0, 5000), {
    onNone: 33,
    onTwo: 50,
    arrivals: 2,
    left: 100,
    holders: ['lb1'],
  })
})

test('what lasts to the end counts, and so does what was so at first', () => {
  assert.is(tellStory(['lb1'], [event(400, 'lb1', false)], 0, 1000).onNone, 600)
  assert.is(tellStory(['lb1', 'lb2'], [event(700, 'lb2', false)], 0, 1000).onTwo, 700)
})

test('told again of an address that it has: nothing moved', () => {
  const story = tellStory(['lb1'], [event(10, 'lb1', true)], 0, 1000)
  assert.is(story.arrivals, 0)
})

test('times add up only while they are one', () => {
  const events = [
    event(100, 'lb2', true),
    event(200, 'lb3', true),
    event(300, 'lb3', false),
    event(400, 'lb2', false),
  ]
  assert.is(tellStory(['lb1'], events, 0, 1000).onTwo, 300)
})

test.run()
