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

test('nothing that is not there for visitors', () => {
  const peers = 'peers p\n  bind :1024\n  peer lb1 :1024\n'
  const logs = 'log-forward l\n  bind :514\nglobal\n  stats socket :9999\n'
  assert.equal(names(frontend('web', ':80'), peers, logs), [':80'])
})

test('nothing that haproxy may leave closed', () => {
  const off = 'frontend off\n  disabled\n  bind :81\n'
  const maybe = 'frontend maybe\n.if feature(QUIC)\n  bind :82\n.endif\n'
  assert.equal(names(frontend('web', '":80"'), off, maybe, 'peers p\n  disabled\n'), [':80'])
})

test('no UDP', () => {
  assert.equal(names(frontend('web', ':443'), frontend('h3', 'quic4@:443')).length, 1)
})

test.run()
