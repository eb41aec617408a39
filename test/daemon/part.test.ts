import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { composeStatus, stopAll, updateAll } from '../../agent/daemon/part.ts'
import type { Part } from '../../agent/daemon/part.ts'
import { profileOf, watch } from './evidence/sample.ts'

const own = { version: '1.2.3', pid: 7, since: '2024-01-02T12:00:00.000Z' }
const whole: Part = {
  status: () => ({
    nextRun: '2024-01-02T13:00:00.000Z',
    onDrift: 'repair',
    inHand: { cause: 'schedule', since: own.since, phase: 'worse' },
    waiting: 1,
    lastDrift: null,
    watch,
    peers: null,
    unheard: 'no address',
  }),
  stop() {},
}
const warnings: Part = { status: () => ({ warnings: [] }), stop() {} }

test('the status has the share of each part', () => {
  assert.equal(composeStatus([whole, warnings], own), {
    ...own,
    ...whole.status?.(),
    warnings: [],
  })
})

test('a share that is missing is noticed', () => {
  assert.throws(() => composeStatus([whole], own), /warnings/)
})

test('parts go by a profile in turn, and stop the other way round, whatever one of them does', async () => {
  const done: string[] = []
  const part = (name: string): Part => ({
    async update({ self }) {
      await Promise.resolve()
      done.push(`${name} ${self}`)
    },
    async stop() {
      await Promise.resolve()
      done.push(`${name} stops`)
    },
  })
  const fails = (): never => {
    throw new Error('no')
  }
  const parts = [part('one'), { update: fails, stop: fails }, part('two')]
  const onError = (error: unknown): void => void done.push(String(error))
  await updateAll(parts, profileOf('lb1'), onError)
  await stopAll(parts, onError)
  assert.equal(done, ['one lb1', 'Error: no', 'two lb1', 'two stops', 'Error: no', 'one stops'])
})

test.run()
