import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { RunResult } from '../../agent/system/system.ts'
import { handOver } from '../../agent/watch/hand-over.ts'

let folder = ''
test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), 'evenkeel-hand-over-'))
  writeFileSync(join(folder, 'fault'), '0\n')
})
test.after.each(() => rmSync(folder, { recursive: true }))

const fault = (): string => readFileSync(join(folder, 'fault'), 'utf8').split('\n')[0] ?? ''

/** Hands over where keepalived lets go after some questions. */
async function hand(vips: readonly string[], questions: number): Promise<readonly string[]> {
  const order: string[] = []
  let asked = 0
  const done: RunResult = { code: 0, signal: null, timedOut: false, stdout: '', stderr: '' }
  const here = (): Promise<readonly string[]> => {
    asked += 1
    return Promise.resolve(asked > questions ? [] : vips)
  }
  await handOver(
    () => {
      order.push(`ask, fault ${fault()}`)
      return Promise.resolve()
    },
    here,
    { vrrp: folder },
    {
      run: (argv) => {
        order.push(`hold off ${argv.slice(4).join(' ')}`)
        return Promise.resolve(done)
      },
      sleep: (milliseconds) => {
        order.push(`wait ${milliseconds}, fault ${fault()}`)
        return Promise.resolve()
      },
      now: () => Date.parse('2024-01-02T12:00:00Z'),
    },
  )
  order.push(`end, fault ${fault()}`)
  return order
}

test('new connections are held off, keepalived lets go at once, and is free again afterwards', async () => {
  assert.equal(await hand(['192.0.2.101', '2001:db8::101'], 3), [
    'hold off 192.0.2.101 2001:db8::101',
    'wait 100, fault 0',
    'ask, fault 1 operator',
    'wait 5, fault 1 operator',
    'wait 5, fault 1 operator',
    'end, fault 0',
  ])
})

test('a keepalived that does not let go is waited for, and freed', async () => {
  const order = await hand(['192.0.2.101'], 10_000)
  assert.is(order.filter((line) => line.startsWith('wait 5')).length, 200)
  assert.is(order.at(-1), 'end, fault 0')
})

test('without a VIP nothing is held off', async () => {
  assert.equal(await hand([], 0), ['ask, fault 0', 'end, fault 0'])
})

test.run()
