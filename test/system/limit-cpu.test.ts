import { spawnSync } from 'node:child_process'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { limitCpu } from '../../agent/system/limit-cpu.ts'

const refuse = (): Error => new Error('too much')

test('what comes to its end is as if there were no limit', () => {
  assert.is(
    limitCpu(1_000, () => 7, refuse),
    7,
  )
  const fail = (): never => {
    throw new Error('its own')
  }
  assert.throws(() => limitCpu(1_000, fail, refuse), 'its own')
})

test('a loop without end, and a regular expression that backtracks, are ended', () => {
  const endless: readonly (() => unknown)[] = [
    () => {
      for (;;);
    },
    () => /^(a+)+$/.test(`${'a'.repeat(40)}b`),
  ]
  for (const action of endless) {
    const before = process.cpuUsage()
    assert.throws(() => limitCpu(100, action, refuse), 'too much')
    const { user, system } = process.cpuUsage(before)
    assert.ok(user + system >= 100_000, `${user + system} µs`)
  }
})

test('one within another is ended by its own limit, and the outer one goes on', () => {
  const inner = (): number => {
    try {
      return limitCpu(
        50,
        (): number => {
          for (;;);
        },
        refuse,
      )
    } catch {
      return 1
    }
  }
  assert.is(
    limitCpu(10_000, () => inner() + inner(), refuse),
    2,
  )
})

test('time that passes without CPU does not count', () => {
  let tries = 0
  const slow = (): number => {
    tries += 1
    // Another process works, and we wait: 0.4 s, which is longer than the limit
    spawnSync('sleep', [tries === 1 ? '0.4' : '0'])
    for (let count = 0; count < 1_000; count++);
    return tries
  }
  assert.is(limitCpu(200, slow, refuse), 2)
})

test.run()
