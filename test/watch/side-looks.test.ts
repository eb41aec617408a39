import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { HaproxyEye } from '../../agent/watch/haproxy-eye.ts'
import { createSideLooks } from '../../agent/watch/side-looks.ts'
import { fakeSystem } from '../fake-system.ts'
import { linesOf } from '../lines-of.ts'

test('backends are asked about every 5 s, and only of a haproxy that serves', async () => {
  let now = 0
  let asked = 0
  const eye = {
    lostBackends: async () => {
      asked += 1
      return ['web']
    },
    replacedFiles: () => null,
  } as unknown as HaproxyEye
  const beside = createSideLooks(fakeSystem({}), () => now)
  const look = async (at: number, isServing: boolean): Promise<readonly [number, string]> => {
    now = at
    assert.is(await beside.look({ eye, isServing, isBusy: false }), null)
    return [asked, linesOf(beside.warnings([]))]
  }
  const lost =
    'backend-down no server is up in backend web: the VIPs stay, since the peer has the same servers'
  assert.equal(await look(0, true), [1, lost])
  assert.equal(await look(4_900, true), [1, lost])
  assert.equal(await look(5_000, true), [2, lost])
  assert.equal(await look(6_000, false), [2, ''])
  assert.equal(await look(11_000, true), [3, lost])
})

test('what an upgrade has replaced under haproxy is looked at each minute', async () => {
  let now = 0
  let said: string | null = 'replaced'
  const eye = { replacedFiles: () => said } as unknown as HaproxyEye
  const beside = createSideLooks(fakeSystem({}), () => now)
  const look = async (at: number): Promise<string> => {
    now = at
    await beside.look({ eye, isServing: false, isBusy: false })
    return linesOf(beside.warnings([]))
  }
  assert.is(await look(0), 'files-replaced replaced')
  said = null
  assert.is(await look(59_000), 'files-replaced replaced')
  assert.is(await look(60_000), '')
})

test('where nothing asks for keepalived, nothing is told of it', async () => {
  const beside = createSideLooks(fakeSystem({}), () => 0)
  assert.is(await beside.look({ eye: null, isServing: false, isBusy: false }), null)
  assert.is(beside.keepalived(), null)
})

test.run()
