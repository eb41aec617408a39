import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ownedAfter } from '../../agent/apply/owned-after.ts'
import { observeAll } from '../../agent/plan/plan.ts'
import { resource } from '../desired.ts'
import { fakeSystem } from '../fake-system.ts'

test('what a plan makes is new, and what is owned keeps what was there before us', async () => {
  const resources = ['/etc/made', '/etc/theirs', '/etc/lost'].map((dest) =>
    resource('copy', { dest, content: 'x' }),
  )
  const system = fakeSystem({ files: { '/etc/theirs': 'y' } })
  const plan = { items: await observeAll(resources, system), removals: [] }
  const lost = { kind: 'copy', name: '/etc/lost', before: 'file' }
  const made = { kind: 'copy', name: '/etc/made', before: null }
  assert.equal(ownedAfter(plan, [lost]), [lost, made])
})

test('what a task hides is known to be hidden, also where it has nothing to do', async () => {
  const key = { ...resource('copy', { dest: '/etc/key', content: 'x' }), noLog: true }
  const system = fakeSystem({ files: { '/etc/key': 'x' } })
  const plan = { items: await observeAll([key], system), removals: [] }
  const owned = { kind: 'copy', name: '/etc/key', before: null }
  assert.equal(ownedAfter(plan, [owned]), [{ ...owned, secret: true }])
})

test.run()
