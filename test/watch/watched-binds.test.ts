import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { readConfig, unknownContext } from '../../agent/programs/haproxy/config.ts'
import { watchedBinds } from '../../agent/watch/watched-binds.ts'

const frontend = (name: string, bind: string): string => `frontend ${name}\n    bind ${bind}\n`
const names = (...parts: readonly string[]): readonly string[] =>
  watchedBinds(readConfig([{ path: 'haproxy.cfg', text: parts.join('') }], unknownContext)).map(
    ({ name }) => name,
  )

test('a stats page on loopback says nothing about whether visitors are served', () => {
  const stats = frontend('stats', '127.0.0.1:8404') + frontend('stats6', '[::1]:8404')
  assert.equal(names(frontend('web', ':80'), stats), [':80'])
})

test('a haproxy that serves this node alone is watched there', () => {
  assert.is(names(frontend('local', '127.0.0.1:8080')).length, 1)
})

test('no UDP', () => {
  assert.equal(names(frontend('web', ':443'), frontend('h3', 'quic4@:443')).length, 1)
})

test.run()
