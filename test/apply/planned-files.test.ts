import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { plannedFiles } from '../../agent/apply/planned-files.ts'
import { observeAll } from '../../agent/plan/plan.ts'
import type { Resource } from '../../agent/roles/resource.ts'
import { resource } from '../desired.ts'
import { fakeSystem } from '../fake-system.ts'

const line = (text: string): Resource => resource('lineinfile', { path: '/etc/a', line: text })

test('who edits a file sees what the tasks before it leave', async () => {
  const system = fakeSystem({ files: { '/etc/a': 'first\n' } })
  const drifted = await observeAll([line('second'), line('third')], system)
  const files = await plannedFiles(drifted, system)
  const texts = files.map(({ file }) => new TextDecoder().decode(file.content ?? undefined))
  assert.equal(texts, ['first\nsecond\n', 'first\nsecond\nthird\n'])
  assert.equal(system.done, [], 'nothing is written')
})

test.run()
