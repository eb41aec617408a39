/** Killed at every step of a run that changes things of all kinds, and at every step of the recovery. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { recover } from '../../agent/apply/recover.ts'
import type { TransactionInput } from '../../agent/apply/transaction-input.ts'
import { transact } from '../../agent/apply/transaction.ts'
import type { Owned } from '../../agent/resources/kind.ts'
import { emptyState, loadState, saveState } from '../../agent/store/state.ts'
import { LocalError } from '../../agent/system/errors.ts'
import type { System } from '../../agent/system/system.ts'
import { resource } from '../desired.ts'
import type { Machine } from '../fake-machine.ts'
import { fakeNode, Killed } from './fake-node.ts'
import type { FakeNode } from './fake-node.ts'
import { inputFor } from './sample.ts'

const paths = { state: '/w', run: '/w/run' }
const jump = '-m comment --comment evenkeel -j'

const machine: Machine = {
  files: {
    '/': { type: 'directory' },
    '/srv': { type: 'directory' },
    '/etc/a.conf': { content: 'old', mode: '0600', owner: 'a', group: 'a' },
    '/etc/mode.conf': { content: 'same', mode: '0600', owner: 'a', group: 'a' },
    '/etc/link.conf': { type: 'link', target: '/etc/elsewhere' },
    '/etc/doomed': { type: 'directory', mode: '0700', owner: 'a', group: 'a' },
    '/etc/doomed/below': { type: 'directory', mode: '0755', owner: 'root', group: 'root' },
    '/etc/doomed/below/file': 'precious',
    '/etc/gone.conf': 'owned and no longer wanted',
    '/etc/sysctl.d/zz-evenkeel.conf':
      '# Written by Evenkeel, key by key. Lines that it did not write stay.\nnet.core.gone = 5\n',
    '/etc/sysctl.d/zzz-other.conf': 'net.core.one = 7\n',
    '/etc/evenkeel/firewall/OLD.v4': 'x',
    '/proc/sys/net/core/one': '1\n',
    '/proc/sys/net/core/two': '2\n',
    '/proc/sys/net/core/gone': '5\n',
  },
  units: {
    'a.service': {},
    'b.service': { properties: { ActiveState: 'inactive', UnitFileState: 'disabled' } },
    'c.service': {},
    'd.service': {},
  },
}

const firewall = [
  '*filter',
  ':INPUT ACCEPT [0:0]',
  ':FORWARD ACCEPT [0:0]',
  ':OUTPUT ACCEPT [0:0]',
  ':f2b - [0:0]',
  ':OLD - [0:0]',
  ':IN - [0:0]',
  '-A INPUT -p tcp -j f2b',
  `-A INPUT ${jump} IN`,
  `-A OUTPUT ${jump} OLD`,
  '-A OUTPUT -j ACCEPT',
  '-A IN -p tcp --dport 80 -j ACCEPT',
  '-A OLD -j DROP',
  'COMMIT\n',
].join('\n')

const owned: readonly Owned[] = [
  { kind: 'copy', name: '/etc/gone.conf', before: null },
  { kind: 'sysctl', name: 'net.core.gone in /etc/sysctl.d/zz-evenkeel.conf', before: '50' },
  { kind: 'iptables', name: '/etc/evenkeel/firewall/OLD.v4', before: null },
  { kind: 'iptables', name: 'ipv4 filter OLD', before: null },
]

const reader = resource('service', { name: 'd', state: 'started', config: ['/etc/gone.conf'] })

const resources = [
  resource('file', { path: '/srv/new/deep', state: 'directory', owner: 'a', mode: '0750' }),
  resource('copy', { dest: '/etc/a.conf', content: 'new' }, { notify: ['Reload a'] }),
  resource('copy', { dest: '/etc/new/folder/b.conf', content: 'b' }),
  resource('copy', { dest: '/etc/mode.conf', content: 'same' }),
  resource('copy', { dest: '/etc/link.conf', content: 'a file now' }),
  resource('file', { path: '/etc/other-link', state: 'link', src: '/etc/a.conf' }),
  resource('file', { path: '/etc/doomed', state: 'absent', force: true }),
  resource('sysctl', { settings: { 'net.core.one': 10, 'net.core.two': 20 } }),
  resource('iptables', {
    chain: 'IN',
    parent: 'FORWARD',
    rules: ['-p tcp --dport 81 -j ACCEPT'],
    family: 'ipv4',
  }),
  resource('iptables', { chain: 'NEW', rules: ['-p udp -j DROP'], family: 'ipv4' }),
  resource('service', { name: 'a', state: 'started', enabled: true }),
  resource('service', { name: 'b', state: 'started', enabled: true }),
  resource('service', { name: 'c', state: 'stopped', enabled: false }),
  reader,
]

async function createNode(): Promise<FakeNode> {
  const node = fakeNode(machine, firewall, { 'a.service': '/etc/a.conf' })
  await saveState({ ...emptyState, owned }, paths, node.system)
  return node
}

function inputOn(system: System): TransactionInput {
  const handlers = [resource('service', { name: 'a', state: 'reloaded' }, { task: 'Reload a' })]
  return inputFor({ resources, handlers }, system, {
    commit: 'abc',
    gate: async () => async () => ({ faults: [], newer: null }),
    owned,
    paths,
    remember: async (now) => {
      await saveState({ ...emptyState, owned: now }, paths, system)
    },
  })
}

/** Returns whether it came to its end. */
async function livesThrough(act: () => Promise<unknown>): Promise<boolean> {
  try {
    await act()
    return true
  } catch (error) {
    if (error instanceof Killed) return false
    throw error
  }
}

const run = (node: FakeNode, killedAt?: number): Promise<boolean> =>
  livesThrough(() => transact(inputOn(node.restart(killedAt))))

const restore = (node: FakeNode, killedAt?: number): Promise<boolean> =>
  livesThrough(() => recover(paths, node.restart(killedAt), () => {}))

/** Nothing is left over, and what runs is what is on disk. */
async function look(node: FakeNode): Promise<string> {
  const state = node.look()
  const { files, running } = state as {
    files: Record<string, { content: string }>
    running: Record<string, string>
  }
  assert.is(running['a.service'], files['/etc/a.conf']?.content, 'handlers have run')
  assert.is(await node.system.stat('/w/journal/journal.json'), null)
  const left = ((await node.system.list('/w/run')) ?? []).filter((name) => /dead-man/.test(name))
  assert.equal(left, [], 'no dead-man is armed')
  assert.is(await node.system.stat('/w/run/stage'), null)
  return JSON.stringify(state, null, 1)
}

async function ends(): Promise<{ before: string; after: string; steps: number }> {
  const node = await createNode()
  const before = await look(node)
  assert.ok(await run(node))
  const steps = node.steps()
  const after = await look(node)
  assert.is.not(after, before)
  return { before, after, steps }
}

test('the run changes all that it should, and a second one nothing', async () => {
  const node = await createNode()
  const first = await transact(inputOn(node.restart()))
  assert.is(first.outcome, 'converged')
  const { owned: now } = await loadState(paths, node.system)
  const again = await transact({ ...inputOn(node.system), owned: now })
  assert.is(again.outcome, 'in-sync')
})

test('killed at any step: the node is wholly old or wholly new', async () => {
  const { before, after, steps } = await ends()
  const seen = { before: 0, after: 0 }
  for (let at = 0; at < steps; at++) {
    const node = await createNode()
    assert.not(await run(node, at))
    await restore(node)
    const found = await look(node)
    const end = found === after ? 'after' : 'before'
    assert.is(found, end === 'after' ? after : before, `killed at step ${at}`)
    const { owned: now } = await loadState(paths, node.system)
    if (end === 'before') assert.equal(now, owned, `killed at step ${at}`)
    seen[end] += 1
    assert.ok(await run(node), `killed at step ${at}, the next run`)
    assert.is(await look(node), after, `killed at step ${at}, the next run`)
  }
  assert.ok(seen.before > 40, JSON.stringify(seen))
  assert.ok(seen.after > 0, JSON.stringify(seen))
})

test('killed again at any step of the recovery: the same', async () => {
  const { before, steps } = await ends()
  // The journal goes in one of the last steps
  const late = steps - 8
  for (const at of [Math.floor(steps / 2), late]) {
    for (let again = 0; ; again++) {
      const node = await createNode()
      await run(node, at)
      const isWhole = await restore(node, again)
      if (!isWhole) await restore(node)
      assert.is(await look(node), before, `killed at step ${at}, then at step ${again}`)
      if (isWhole) break
    }
  }
})

test('what a killed write has left is taken away, and with it the folder that was new', async () => {
  const { before, steps } = await ends()
  const node = await createNode()
  for (let at = 0; at < steps; at++) {
    await run(node, at)
    if ((await node.system.stat('/etc/new/folder')) !== null) break
    await restore(node)
  }
  const left = [
    '/etc/new/folder/.b.conf',
    '/etc/.a.conf',
    '/w/.state.json',
    '/w/journal/.journal.json',
  ]
  const system = node.restart()
  const file = { content: Buffer.from('half'), mode: 0o600, owner: 'root', group: 'root' }
  for (const path of left) await system.writeFile(`${path}.0123456789ab.evenkeel-new`, file)
  await restore(node)
  assert.is(await look(node), before)
  for (const folder of ['/w', '/w/journal']) {
    const names = (await system.list(folder)) ?? []
    assert.equal(
      names.filter((name) => name.endsWith('evenkeel-new')),
      [],
      folder,
    )
  }
})

test('a service whose file was taken away reads it again when it is back', async () => {
  const node = await createNode()
  for (let at = 0; (await node.system.stat('/etc/gone.conf')) !== null; at++) {
    await restore(node)
    await run(node, at)
  }
  await restore(node)
  assert.ok(await node.system.stat('/etc/gone.conf'))
  const state = await reader.kind.observe(reader.spec, node.system)
  assert.equal(reader.kind.diff(reader.spec, state), [])
})

test('after a power cut the boot brings files and what it starts back, the first run the rest', async () => {
  const { before, steps } = await ends()
  for (let at = 0; at < steps; at++) {
    const node = await createNode()
    await run(node, at)
    await recover(paths, node.restart(), () => {}, true)
    const { files } = JSON.parse(before) as { files: Record<string, unknown> }
    const now = node.look()['files'] as Record<string, unknown>
    const isPassed = now['/etc/new/folder/b.conf'] !== undefined
    for (const [path, file] of Object.entries(files)) {
      if (isPassed || path.startsWith('/proc/')) continue
      assert.equal(now[path], file, `${path}, killed at step ${at}`)
    }
    await restore(node)
    if (!isPassed) assert.is(await look(node), before, `killed at step ${at}`)
  }
})

test('the disk fills up at any file: what can be is brought back at once, the rest with the next run', async () => {
  const { before, after } = await ends()
  for (let room = 0; ; room++) {
    const node = await createNode()
    let left = room
    const full: System = {
      ...node.system,
      writeFile: async (path, file) => {
        if (left === 0) throw new LocalError(`${path}: no space left on device`)
        left -= 1
        await node.system.writeFile(path, file)
      },
    }
    const ended = await transact(inputOn(full)).catch((error: unknown) => error)
    const { rules, files } = node.look() as { rules: string; files: Record<string, object> }
    if (ended instanceof Error) assert.instance(ended, LocalError)
    const isDone = (ended as { outcome?: string }).outcome === 'converged'
    const old = JSON.parse(before) as { rules: string; files: Record<string, object> }
    // The last file that it writes says that all has passed
    const hasPassed = isDone || (ended instanceof Error && rules !== old.rules)
    if (!hasPassed) {
      assert.is(rules, old.rules, `room for ${room}`)
      assert.equal(files['/proc/sys/net/core/one'], old.files['/proc/sys/net/core/one'])
    }
    await restore(node)
    assert.is(await look(node), hasPassed ? after : before, `room for ${room}`)
    if (isDone) break
  }
})

test.run()
