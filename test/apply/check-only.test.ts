import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { checkOnly } from '../../agent/apply/check-only.ts'
import { resource } from '../desired.ts'
import { fakeSystem } from '../fake-system.ts'
import { inputFor } from './sample.ts'

const conf = resource('copy', { dest: '/etc/a.conf', content: 'new s3cret' })

test('check mode lists the drift and does nothing', async () => {
  const system = fakeSystem({ files: { '/etc/a.conf': 'old', '/etc/gone.conf': 'x' } })
  const skipped = [{ role: 'a', task: 'Not here', tags: [] }]
  const owned = [{ kind: 'copy', name: '/etc/gone.conf', before: null }]
  const told: string[] = []
  const input = inputFor({ resources: [conf], secrets: ['s3cret'], skipped }, system, {
    owned,
    on: (event) => event.type === 'result' && told.push(event.result.resource),
  })
  const { outcome, exitCode, results } = await checkOnly(input)
  assert.is(outcome, 'drift')
  assert.is(exitCode, 2)
  assert.equal(results[0]?.changes, [{ field: 'content', before: 'old', after: 'new ********' }])
  assert.equal(
    results.map(({ type, status }) => `${type} ${status}`),
    ['task changed', 'removal changed', 'task skipped'],
  )
  assert.equal(
    told,
    results.map((result) => result.resource),
  )
  assert.equal(system.done, [])
})

test('check mode of a node in sync', async () => {
  const system = fakeSystem({ files: { '/etc/a.conf': 'new s3cret' } })
  const { outcome, exitCode } = await checkOnly(inputFor({ resources: [conf] }, system))
  assert.is(outcome, 'in-sync')
  assert.is(exitCode, 0)
})

test.run()
