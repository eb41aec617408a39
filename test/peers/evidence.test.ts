import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { parseEvidence } from '../../agent/peers/evidence.ts'
import { phaseSchema } from '../../agent/report/report.ts'
import { evidenceOf } from '../daemon/evidence/sample.ts'

for (const phase of [null, ...phaseSchema.options]) {
  test(`a node in phase ${phase} is understood by its peers`, () => {
    const evidence = { ...evidenceOf('lb1'), phase }
    assert.equal(parseEvidence(JSON.stringify(evidence)), evidence)
  })
}

test('what an older version leaves out is not known', () => {
  const evidence = evidenceOf('lb1')
  assert.is(parseEvidence(JSON.stringify(evidence))?.keepalived, undefined)
  const keepalived = { isRunning: false, version: null }
  assert.equal(parseEvidence(JSON.stringify({ ...evidence, keepalived }))?.keepalived, keepalived)
})

test('what a newer version adds is passed over, and another layout is no evidence', () => {
  const evidence = evidenceOf('lb1')
  assert.equal(parseEvidence(JSON.stringify({ ...evidence, load: 1 })), evidence)
  assert.is(parseEvidence(JSON.stringify({ ...evidence, version: 2 })), null)
  assert.is(parseEvidence('{'), null)
})

test.run()
