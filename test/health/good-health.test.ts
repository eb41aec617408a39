import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { asBaseline, digestDesired } from '../../agent/health/good-health.ts'
import type { Health } from '../../agent/health/health.ts'
import { desiredOf, resource } from '../desired.ts'
import { haproxy, instance, keepalived } from './sample.ts'

const wanted = (content: string) =>
  desiredOf({ resources: [resource('copy', { dest: '/etc/a', content })] })

test('what a commit asks for, not the commit, is what is known again', () => {
  assert.is(digestDesired(wanted('one')), digestDesired(wanted('one')))
  assert.is.not(digestDesired(wanted('one')), digestDesired(wanted('two')))
  assert.is.not(digestDesired(wanted('one')), digestDesired(desiredOf({})))
})

const nothing = { at: 0, haproxy: null, keepalived: null, reach: null, traffic: null }

test('states are those of then, counters and whom it reaches those of now', () => {
  const reach = { remote: true, peers: [] }
  const present: Health = {
    ...nothing,
    haproxy: haproxy({ pid: 2 }),
    keepalived: keepalived(instance({ state: 'BACKUP', resignationsHeard: 7 })),
    reach,
  }
  const good = {
    haproxy: haproxy({ pid: 1, binds: [] }),
    keepalived: keepalived(instance({ state: 'MASTER' })),
  }
  const baseline = asBaseline({ digest: 'a', health: good }, present)
  const [known] = baseline.keepalived?.instances ?? []
  assert.equal([known?.state, known?.resignationsHeard, known?.watched], ['MASTER', 7, null])
  assert.equal([baseline.haproxy?.pid, baseline.haproxy?.binds], [2, []])
  assert.equal(baseline.reach, reach)
})

test('an instance that did not run a moment ago is a new one', () => {
  const health = { haproxy: null, keepalived: keepalived(instance()) }
  const present = { ...nothing, keepalived: keepalived(instance({ name: 'VI_2' })) }
  const { keepalived: found } = asBaseline({ digest: 'a', health }, present)
  assert.equal(found?.instances, [])
})

test.run()
