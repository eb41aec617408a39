import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { preview } from '../../../agent/apply/preview.ts'
import { touchedBy } from '../../../agent/daemon/loop/report-drift.ts'
import { observeAll, observeRemovals } from '../../../agent/plan/plan.ts'
import type { Report } from '../../../agent/report/report.ts'
import { kinds } from '../../../agent/resources/index.ts'
import { desiredOf, resource } from '../../desired.ts'
import { fakeSystem } from '../../fake-system.ts'

test('what a run has written is told by its files, whatever a resource is called', async () => {
  const system = fakeSystem({
    files: { '/etc/gone': '', '/etc/same': '', '/etc/hosts': '', '/proc/sys/net/core/a': '1\n' },
  })
  const resources = [
    resource('copy', { dest: '/etc/same', content: '' }),
    resource('copy', { dest: '/etc/new', content: '' }),
    resource('lineinfile', { path: '/etc/hosts', line: 'x' }),
    resource('cron', { name: 'job', schedule: '@daily', command: 'true' }),
    resource('sysctl', { name: 'net.core.a', value: 1 }),
  ]
  const owned = [{ kind: 'copy', name: '/etc/gone', before: null }]
  const plan = {
    items: await observeAll(resources, system),
    removals: await observeRemovals(owned, resources, kinds, system),
  }
  const results = preview(plan, desiredOf({ resources }))
  const isOurs = touchedBy({ outcome: 'converged', results } as unknown as Report)
  const written = [
    '/etc/new',
    '/etc/hosts',
    '/etc/cron.d/job',
    '/etc/sysctl.d/zz-evenkeel.conf',
    '/etc/gone',
  ]
  assert.equal(
    [...written, '/etc/same', '/etc/other'].filter((path) => isOurs?.(path)),
    written,
  )
})

test('a run that found nothing has written nothing, and of one that failed nobody knows', () => {
  const report = (outcome: string): Report => ({ outcome, results: [] }) as unknown as Report
  assert.is(touchedBy(report('in-sync'))?.('/etc/a'), false)
  assert.is(touchedBy(report('drift'))?.('/etc/a'), false)
  assert.is(touchedBy(report('rolled-back')), null)
  assert.is(touchedBy(report('failed')), null)
})

test.run()
