import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { judgeChange } from '../../agent/apply/judge-change.ts'
import type { Gated } from '../../agent/apply/judge-change.ts'
import type { Judge } from '../../agent/health/gate.ts'
import { LocalError } from '../../agent/system/errors.ts'

/** What is done and told in turn, and how it ended. @param inTime the dead-man has not fired */
async function judged(
  judge: Judge | undefined,
  inTime = true,
): Promise<{ readonly done: readonly string[]; readonly gated: Gated }> {
  const done: string[] = []
  const change = {
    watch: async () => void done.push('watch'),
    pass: async () => {
      done.push('pass')
      return inTime
    },
  }
  const gated = await judgeChange(judge, change, (event) => {
    if (event.type === 'result') done.push(`${event.result.error} (${event.result.fault})`)
  })
  return { done, gated }
}

const good: Judge = async () => ({ faults: [], newer: null })

test('without a gate, and with one that finds nothing, it passes', async () => {
  assert.equal((await judged(undefined)).done, ['pass'])
  const { done, gated } = await judged(good)
  assert.equal(done, ['watch', 'pass'])
  assert.equal(gated, { results: [], newer: null })
})

test('each fault is told, and is that of the commit', async () => {
  const { done, gated } = await judged(async () => ({ faults: ['a', 'b'], newer: null }))
  assert.equal(done, ['watch', 'a (commit)', 'b (commit)'])
  assert.is(gated.results.length, 2)
})

test('what can not be judged does not pass', async () => {
  const { done } = await judged(() => Promise.reject(new LocalError('ss is not installed')))
  assert.equal(done, ['watch', 'ss is not installed (commit)'])
})

test('a newer commit ends it without a verdict', async () => {
  const newer = 'b'.repeat(40)
  const { done, gated } = await judged(async () => ({ faults: ['a', 'b'], newer }))
  assert.equal(done, ['watch', 'commit bbbbbbbb came, which goes first; so far: a; b (undefined)'])
  assert.is(gated.newer, newer)
})

test('a dead-man that has fired is told, whatever the judge says', async () => {
  const { done, gated } = await judged(good, false)
  assert.match(done.at(-1) ?? '', /^took too long.* \(node\)$/)
  assert.is(gated.results[0]?.resource, 'firewall and sysctl')
})

test.run()
