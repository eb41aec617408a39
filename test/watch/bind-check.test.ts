import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { createBindCheck } from '../../agent/watch/bind-check.ts'
import type { WatchedBind } from '../../agent/watch/bind-check.ts'

const tcp = (port: number) => ({ protocol: 'tcp', address: '0.0.0.0', port }) as const
const bind = (port: number): WatchedBind => ({ name: `*:${port}`, ends: [tcp(port)] })

/** A kernel in which these ports are open; counts the questions. */
function kernel(...open: readonly number[]) {
  const state = { open: new Set(open), asked: 0 }
  const isListened = (_address: string, port: number): Promise<boolean> => {
    state.asked += 1
    return Promise.resolve(state.open.has(port))
  }
  return { state, isListened }
}

test('one address at each call, in turn', async () => {
  const { state, isListened } = kernel(80, 443, 8404)
  const check = createBindCheck([bind(80), bind(443), bind(8404)], isListened)
  assert.equal(await check(false), { closed: [], isDeaf: false })
  assert.is(state.asked, 1)
  state.open.delete(8404)
  assert.equal((await check(false)).closed, [])
  assert.equal(await check(false), { closed: ['*:8404'], isDeaf: false })
})

test('all closed is seen at once', async () => {
  const { state, isListened } = kernel(80, 443)
  const check = createBindCheck([bind(80), bind(443)], isListened)
  await check(true)
  state.open.clear()
  assert.equal(await check(false), { closed: ['*:80', '*:443'], isDeaf: true })
})

test('open again is seen in turn', async () => {
  const { state, isListened } = kernel()
  const check = createBindCheck([bind(80), bind(443)], isListened)
  assert.is((await check(false)).isDeaf, true)
  state.open.add(80).add(443)
  assert.is((await check(false)).isDeaf, false)
  assert.equal((await check(false)).closed, [])
})

test('a thorough check asks for all', async () => {
  const { isListened } = kernel(80)
  const check = createBindCheck([bind(80), bind(443)], isListened)
  assert.equal((await check(true)).closed, ['*:443'])
})

test('both ends of a range', async () => {
  const range: WatchedBind = { name: '*:80-81', ends: [tcp(80), tcp(81)] }
  assert.is((await createBindCheck([range], kernel(80, 81).isListened)(true)).isDeaf, false)
  assert.is((await createBindCheck([range], kernel(80).isListened)(true)).isDeaf, true)
})

test('a configuration without addresses is not deaf', async () => {
  const check = createBindCheck([], kernel().isListened)
  assert.equal(await check(false), { closed: [], isDeaf: false })
})

test.run()
