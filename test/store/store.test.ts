import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { loadState } from '../../agent/store/state.ts'
import { openStore } from '../../agent/store/store.ts'
import { LocalError } from '../../agent/system/errors.ts'
import { fakeSystem } from '../fake-system.ts'

const paths = { state: '/w' }
const target = { commit: 'a'.repeat(40), subject: 'a' }
const begun = { type: 'begun', target } as const
const good = { type: 'good', target, outcome: 'converged' } as const
const writes = ({ done }: ReturnType<typeof fakeSystem>): number =>
  done.filter((line) => line.startsWith('write /w/state.json ')).length

test('what is recorded counts at once, and goes to the disk with the next save', async () => {
  const system = fakeSystem({})
  const store = await openStore(paths, system)
  store.record(good)
  assert.is(store.state().applied?.commit, target.commit)
  assert.is((await loadState(paths, system)).applied, null)
  await store.save({ type: 'unpinned' })
  assert.equal(await loadState(paths, system), store.state())
  assert.is(writes(system), 1)
})

test('nothing new is not written', async () => {
  const system = fakeSystem({})
  const store = await openStore(paths, system)
  await store.save()
  await store.save({ type: 'unpinned' })
  assert.is(writes(system), 0)
})

test('what could not be written is written by the next save', async () => {
  const system = fakeSystem({})
  let isFull = true
  const store = await openStore(paths, {
    ...system,
    writeFile: async (path, file) => {
      if (isFull) throw new LocalError('the disk is full')
      await system.writeFile(path, file)
    },
  })
  const error = await store.save(begun).catch((thrown: unknown) => thrown)
  assert.instance(error, LocalError)
  assert.is(store.state().attempted?.outcome, 'begun')
  isFull = false
  await store.save()
  assert.is((await loadState(paths, system)).attempted?.outcome, 'begun')
})

test('who only looks writes nothing', async () => {
  const system = fakeSystem({})
  const store = await openStore(paths, system, 'look')
  await store.save(good)
  assert.is(store.state().applied?.commit, target.commit)
  assert.is(writes(system), 0)
})

test.run()
