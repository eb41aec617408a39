import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { journalFile } from '../../../agent/apply/journal.ts'
import { createEvidenceSource } from '../../../agent/daemon/evidence/evidence-source.ts'
import { parseEvidence } from '../../../agent/peers/evidence.ts'
import { disabledFile, saveDisabled } from '../../../agent/store/disabled.ts'
import { saveQuarantine } from '../../../agent/store/quarantine.ts'
import { emptyState, saveState } from '../../../agent/store/state.ts'
import { createSystem } from '../../../agent/system/create-system.ts'
import { temporaryFolder } from '../../source/git-repo.ts'
import { watch } from './sample.ts'

const start = Date.parse('2024-01-02T12:00:00Z')
const at = new Date(start).toISOString()
const release = { commit: 'a'.repeat(40), at, subject: 'One' }

/** A node in a temporary folder with two clocks, one of which may jump. */
function createNode() {
  const paths = { state: temporaryFolder() }
  const clock = { wall: start, uptime: 0 }
  let reads = 0
  const real = createSystem()
  const system = {
    ...real,
    now: () => clock.wall,
    readFile: (path: string) => {
      reads += 1
      return real.readFile(path)
    },
  }
  const present = { phase: null as 'applying' | null, watch }
  const compose = createEvidenceSource(
    paths,
    system,
    () => present,
    () => clock.uptime,
  )
  return {
    paths,
    system,
    clock,
    present,
    compose,
    reads: () => reads,
    pass(milliseconds: number) {
      clock.wall += milliseconds
      clock.uptime += milliseconds
    },
  }
}

test('a node on which nothing has run', async () => {
  const node = createNode()
  assert.equal(await node.compose('lb1'), {
    version: 1,
    host: 'lb1',
    applied: null,
    attempted: null,
    phase: null,
    watch: {
      haproxy: 'up',
      sentence: 'haproxy answers',
      age: 0,
      isReady: true,
      instances: [{ name: 'VI_1', state: 'MASTER', effectivePriority: 254 }],
      vips: ['192.0.2.101'],
      holds: watch.holds,
    },
    disabled: null,
    quarantine: [],
  })
})

test('all that is told, in the words that a peer reads', async () => {
  const node = createNode()
  const attempted = { commit: 'b'.repeat(40), at, outcome: 'failed' }
  await saveState({ ...emptyState, applied: release, attempted }, node.paths, node.system)
  await saveQuarantine({ c: { reason: 'x', at, subject: 'y' } }, node.paths, node.system)
  const disabled = { reason: 'switch', who: 'alice', since: at, until: '2024-01-02T14:00:00.000Z' }
  await saveDisabled(disabled, node.paths, node.system)
  node.pass(5000)
  node.present.phase = 'applying'
  const evidence = await node.compose('lb1')
  assert.equal(evidence.applied, { commit: release.commit, age: 5000 })
  assert.equal(evidence.attempted, { commit: attempted.commit, outcome: 'failed', age: 5000 })
  assert.is(evidence.phase, 'applying')
  assert.equal(evidence.quarantine, ['c'])
  assert.equal(evidence.disabled, { reason: 'switch', who: 'alice', until: disabled.until })
  assert.equal(parseEvidence(JSON.stringify(evidence)), evidence)
  node.pass(7_200_000)
  assert.is((await node.compose('lb1')).disabled, null, 'the time is over')
})

test('keepalived is a fact of its own', async () => {
  const node = createNode()
  const keepalived = { isRunning: true, version: '2.2.7' }
  node.present.watch = { ...watch, keepalived }
  const evidence = await node.compose('lb1')
  assert.equal(evidence.keepalived, keepalived)
  assert.not.ok('keepalived' in evidence.watch)
  assert.equal(parseEvidence(JSON.stringify(evidence)), evidence)
})

test('files are read when they have changed, and now and then', async () => {
  const node = createNode()
  await node.compose('lb1')
  const first = node.reads()
  for (let second = 0; second < 9; second += 1) {
    node.pass(1000)
    await node.compose('lb1')
  }
  assert.is(node.reads(), first)
  await saveState({ ...emptyState, applied: release }, node.paths, node.system)
  assert.is((await node.compose('lb1')).applied?.commit, release.commit)
  const second = node.reads()
  node.pass(10_000)
  await node.compose('lb1')
  assert.ok(node.reads() > second)
  await saveDisabled({ reason: 'r', who: 'w', since: at, until: null }, node.paths, node.system)
  assert.is((await node.compose('lb1')).disabled?.reason, 'r')
  await node.system.remove(disabledFile(node.paths))
  assert.is((await node.compose('lb1')).disabled, null)
})

test('ages follow a clock that never jumps', async () => {
  const node = createNode()
  await saveState({ ...emptyState, applied: release }, node.paths, node.system)
  node.pass(3000)
  const age = async (): Promise<number | undefined> => (await node.compose('lb1')).applied?.age
  assert.is(await age(), 3000)
  node.clock.wall += 86_400_000
  node.pass(1000)
  assert.is(await age(), 4000)
  node.clock.wall -= 2 * 86_400_000
  node.pass(1000)
  assert.is(await age(), 5000)
})

test('a time that is still to come, or none at all, is now', async () => {
  const node = createNode()
  for (const at of ['2024-01-03T12:00:00Z', 'yesterday']) {
    await saveState({ ...emptyState, applied: { ...release, at } }, node.paths, node.system)
    node.clock.uptime += 20_000
    assert.is((await node.compose('lb1')).applied?.age, 0, at)
  }
})

test('a change that a run has left unfinished is one', async () => {
  const node = createNode()
  const file = { content: Buffer.from('{}'), mode: 0o600, owner: 'root', group: 'root' }
  await node.system.writeFile(journalFile(node.paths), file)
  assert.is((await node.compose('lb1')).phase, 'rolling-back')
  node.present.phase = 'applying'
  assert.is((await node.compose('lb1')).phase, 'applying')
})

test('what can not be read any more stays as it was', async () => {
  const node = createNode()
  await saveState({ ...emptyState, applied: release }, node.paths, node.system)
  await saveQuarantine({ c: { reason: 'x', at, subject: 'y' } }, node.paths, node.system)
  await node.compose('lb1')
  const damaged = { content: Buffer.from('{'), mode: 0o600, owner: 'root', group: 'root' }
  for (const name of ['state.json', 'quarantine.json', 'disabled.json']) {
    await node.system.writeFile(`${node.paths.state}/${name}`, damaged)
  }
  const { applied, quarantine, disabled } = await node.compose('lb1')
  assert.is(applied?.commit, release.commit)
  assert.equal(quarantine, ['c'])
  assert.match(disabled?.reason ?? '', 'is damaged')
})

test.run()
