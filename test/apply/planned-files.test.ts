import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { plannedFiles } from '../../agent/apply/planned-files.ts'
import { observeAll } from '../../agent/plan/plan.ts'
import { kinds } from '../../agent/resources/index.ts'
import type { Resource } from '../../agent/roles/resource.ts'
import { fakeSystem } from '../fake-system.ts'

const place = { file: 'roles/a/tasks/main.yml', line: 1, key: 'lineinfile' }

function line(text: string): Resource {
  const kind = kinds.get('lineinfile')
  if (kind === undefined) throw new Error('no kind lineinfile')
  const raw = { path: '/etc/a', line: text }
  const spec = kind.parse(raw, place)
  const about = { role: 'a', task: text, place, notify: [], tags: [], noLog: false }
  return { ...about, kind, raw, spec, id: kind.id(spec) }
}

test('who edits a file sees what the tasks before it leave', async () => {
  const system = fakeSystem({ files: { '/etc/a': 'first\n' } })
  const drifted = await observeAll([line('second'), line('third')], system)
  const files = await plannedFiles(drifted, system)
  const texts = files.map(({ file }) => new TextDecoder().decode(file.content ?? undefined))
  assert.equal(texts, ['first\nsecond\n', 'first\nsecond\nthird\n'])
  assert.equal(system.done, [], 'nothing is written')
})

test.run()
