import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isUnfinished, journalFile, writeJournal } from '../../agent/apply/journal.ts'
import type { Journal } from '../../agent/apply/journal.ts'
import { fakeSystem } from '../fake-system.ts'

const paths = { state: '/state' }

test('a change is unfinished while there is a journal, though nobody can read it', async () => {
  const system = fakeSystem({})
  assert.is(await isUnfinished(paths, system), false)
  const journal: Journal = {
    version: 1,
    phase: 'applying',
    commit: null,
    at: '2024-01-02T12:00:00.000Z',
    restoredAt: null,
    things: [],
    handlers: [],
    owned: [],
    secrets: [],
  }
  await writeJournal(
    { ...journal, things: [], handlers: [], owned: [], secrets: [] },
    paths,
    system,
  )
  assert.is(await isUnfinished(paths, system), true)
  const damaged = fakeSystem({ files: { [journalFile(paths)]: '{' } })
  assert.is(await isUnfinished(paths, damaged), true)
})

test.run()
