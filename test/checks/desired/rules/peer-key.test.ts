import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { HostState } from '../../../../agent/checks/desired/rule.ts'
import { peerKey } from '../../../../agent/checks/desired/rules/peer-key.ts'
import { host } from '../state.ts'

function balancer(name: string, value: string | null): HostState {
  const place = { file: 'inventory/group_vars/all.yml', line: 3, key: 'evenkeel_peer_key' }
  const state = host(name, [])
  return value === null ? state : { ...state, peerKey: { value, place } }
}

const key = '0123456789abcdef'
for (const [name, own, theirs, message] of [
  ['the same key', key, key, null],
  ['none at all', null, null, 'is not set: lb1 and lb2 would know nothing of each other'],
  ['none here', null, key, 'is not set'],
  ['none there', key, null, 'is not the key of lb2, which has none'],
  ['another one', key, `${key}0`, 'is not the key of lb2, which has another one'],
  ['that of the sample', 'change-me-please', 'change-me-please', 'is the key of the sample'],
] as const) {
  test(name, () => {
    const [finding] = peerKey.check({
      self: balancer('lb1', own),
      peers: [balancer('lb2', theirs)],
      remote: null,
    })
    assert.is(finding?.level, message === null ? undefined : 'warning')
    if (message !== null) assert.match(finding?.message ?? '', message)
    assert.not.match(finding?.message ?? '', key)
  })
}

test('a host without peers needs none', () => {
  const input = { self: balancer('web1', null), peers: [], remote: null }
  assert.equal(peerKey.check(input), [])
})

test.run()
