/** What JSON cases can't say of lineinfile: bytes, validators, ownership, and tasks that share a file. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { transact } from '../../../agent/apply/transaction.ts'
import type { Owned, OwnedThing } from '../../../agent/resources/kind.ts'
import { lineinfile } from '../../../agent/resources/lineinfile/lineinfile.ts'
import { inputFor } from '../../apply/sample.ts'
import { resource } from '../../desired.ts'
import type { Machine } from '../../fake-machine.ts'
import { fakeSystem } from '../../fake-system.ts'
import type { FakeSystem } from '../../fake-system.ts'

const place = { file: 'roles/a/tasks/main.yml', line: 1, key: 'lineinfile' }
const path = '/etc/hosts'

test('bytes that are not UTF-8 stay as they are', async () => {
  const before = Buffer.from('caf\xe9 \xff\nPort 22\n\x80', 'latin1')
  const spec = lineinfile.parse({ path, regexp: '^Port', line: 'Port 2222 ü' }, place)
  const stat = await fakeSystem({ files: { [path]: '' } }).stat(path)
  const state = { stat, content: before, target: null, unread: null }
  const [write] = lineinfile.writes?.(spec, state) ?? []
  const after = Buffer.from(write?.content ?? []).toString('latin1')
  assert.is(after, 'caf\xe9 \xff\nPort 2222 \xc3\xbc\n\x80')
})

test('a pattern that backtracks without end is refused, with what to do', async () => {
  const spec = lineinfile.parse({ path, regexp: '^(a+)+$', line: 'b' }, place)
  const system = fakeSystem({ files: { [path]: `${'a'.repeat(40)}!\n` } })
  const state = await lineinfile.observe(spec, system)
  assert.throws(
    () => lineinfile.diff(spec, state),
    'roles/a/tasks/main.yml:1 lineinfile.regexp: does not come to an end within 5 s of CPU time on a line of /etc/hosts; a repetition within a repetition, such as (a+)+',
  )
})

test('the validator judges the whole file', async () => {
  const spec = lineinfile.parse({ path, line: 'b', validate: 'check %s' }, place)
  const system = fakeSystem({ files: { [path]: { content: 'a\n', mode: '0440', group: 'adm' } } })
  const writes = lineinfile.writes?.(spec, await lineinfile.observe(spec, system)) ?? []
  assert.equal(writes, [
    {
      path,
      content: Buffer.from('a\nb\n'),
      mode: 0o440,
      owner: 'root',
      group: 'adm',
      validate: ['check', '%s'],
    },
  ])
})

/** What owning a line before `apply` looks like. */
async function owned(raw: object, files: Machine['files'] = {}): Promise<readonly OwnedThing[]> {
  const spec = lineinfile.parse({ path, ...raw }, place)
  const found =
    lineinfile.ownership?.owned(spec, await lineinfile.observe(spec, fakeSystem({ files }))) ?? []
  const claimed = lineinfile.ownership?.claims(spec) ?? []
  assert.ok(found.every(({ name }) => claimed.includes(name)))
  return found
}

test('a line is owned when it was added, not when it took the place of another', async () => {
  const line = { name: 'in /etc/hosts: 192.0.2.1 a: b', before: 'file' }
  const raw = { line: '192.0.2.1 a: b', regexp: '^192' }
  assert.equal(await owned(raw, { [path]: 'x\n' }), [line])
  assert.equal(await owned({ ...raw, create: true }), [{ ...line, before: null }])
  assert.equal(await owned(raw, { [path]: '192.0.2.7 a\n' }), [])
  assert.equal(await owned(raw, { [path]: '192.0.2.1 a: b' }), [], 'only its newline was missing')
  assert.equal(await owned({ ...raw, state: 'absent' }, { [path]: 'x\n' }), [])
})

test('a line that is asked to be absent is claimed by nobody', () => {
  const spec = lineinfile.parse({ path, line: 'a', state: 'absent' }, place)
  assert.equal(lineinfile.ownership?.claims(spec), [])
})

const one = { name: 'in /etc/hosts: 192.0.2.1 a: b', before: null }

/** Removes an owned line, and gives what the plan said about it and what was done. */
async function removeLine(content: string, before: string | null = null): Promise<object> {
  const system = fakeSystem({ files: { [path]: { content, mode: '0640', group: 'adm' } } })
  const changes = await lineinfile.ownership?.removal({ ...one, before }, system)
  await lineinfile.ownership?.remove({ ...one, before }, system)
  assert.equal(await lineinfile.ownership?.removal(one, system), [], 'gone')
  return { changes, done: system.done, text: await textOf(system) }
}

async function textOf(system: FakeSystem): Promise<string | null> {
  const content = await system.readFile(path)
  return content && new TextDecoder().decode(content)
}

test('an owned line is taken out of its file, which keeps the rest and its mode', async () => {
  assert.equal(await removeLine('x\n192.0.2.1 a: b\n#192.0.2.1 a: b\n'), {
    changes: [
      {
        field: 'content',
        before: 'x\n192.0.2.1 a: b\n#192.0.2.1 a: b\n',
        after: 'x\n#192.0.2.1 a: b\n',
      },
    ],
    done: ['write /etc/hosts 0640 root:adm'],
    text: 'x\n#192.0.2.1 a: b\n',
  })
})

test('a file that was made for the line goes with it, unless something else is in it', async () => {
  assert.equal(await removeLine('192.0.2.1 a: b\n'), {
    changes: [
      { field: 'state', before: 'file', after: null },
      { field: 'content', before: '192.0.2.1 a: b\n', after: null },
    ],
    done: ['remove /etc/hosts'],
    text: null,
  })
  assert.equal(await removeLine('192.0.2.1 a: b\n', 'file'), {
    changes: [{ field: 'content', before: '192.0.2.1 a: b\n', after: '' }],
    done: ['write /etc/hosts 0640 root:adm'],
    text: '',
  })
})

test('an owned line that is gone, or whose file became a link, is left alone', async () => {
  const link = { type: 'link', target: '/other' } as const
  for (const files of [{}, { [path]: 'x\n' }, { [path]: link, '/other': '192.0.2.1 a: b\n' }]) {
    const system = fakeSystem({ files })
    assert.equal(await lineinfile.ownership?.removal(one, system), [])
    await lineinfile.ownership?.remove(one, system)
    assert.equal(system.done, [])
  }
})

/** One run of the engine; gives the outcome, and what is owned afterwards. */
async function run(
  system: FakeSystem,
  tasks: readonly object[],
  before: readonly Owned[],
): Promise<{ readonly outcome: string; readonly owned: readonly Owned[] }> {
  let owned = before
  const resources = tasks.map((task) => resource('lineinfile', { path, create: true, ...task }))
  const input = inputFor({ resources }, system, {
    owned,
    remember: async (now) => {
      owned = now
    },
  })
  const { outcome } = await transact(input)
  return { outcome, owned }
}

test('tasks that share a file: all lines in one run, then in sync, then gone with the file', async () => {
  const system = fakeSystem({ commands: { 'rm -rf -- /w/run/stage': {} } })
  const tasks = [{ line: 'a' }, { line: 'b', insertbefore: 'BOF' }, { line: 'c', regexp: '^c' }]
  const first = await run(system, tasks, [])
  assert.is(first.outcome, 'converged')
  assert.is(await textOf(system), 'b\na\nc\n')
  assert.is((await run(system, tasks, first.owned)).outcome, 'in-sync')

  const second = await run(system, tasks.slice(1), first.owned)
  assert.is(second.outcome, 'converged')
  assert.is(await textOf(system), 'b\nc\n')
  const last = await run(system, [], second.owned)
  assert.is(last.outcome, 'converged')
  assert.is(await textOf(system), null)
  assert.equal(last.owned, [])
})

test('another line for the same regexp takes the place of the first', async () => {
  const system = fakeSystem({
    files: { [path]: 'x\n' },
    commands: { 'rm -rf -- /w/run/stage': {} },
  })
  const first = await run(system, [{ line: 'c 1', regexp: '^c' }], [])
  const second = await run(system, [{ line: 'c 2', regexp: '^c' }], first.owned)
  assert.is(second.outcome, 'converged')
  assert.is(await textOf(system), 'x\nc 2\n')
  assert.equal(second.owned, [])
})

test('two tasks for one line, or for one regexp, are one resource', () => {
  const id = (raw: object): string => lineinfile.id(lineinfile.parse({ path, ...raw }, place))
  assert.is(id({ line: 'a' }), id({ line: 'a', state: 'absent' }))
  assert.is(id({ line: 'a', regexp: '^a' }), id({ line: 'b', regexp: '^a' }))
  assert.is(id({ line: 'a', regexp: '^a' }), 'line in /etc/hosts: ^a')
})

test('a line that is taken away comes back with a rollback', async () => {
  const text = 'before\nours\nbehind\n'
  const system = fakeSystem({
    commands: { 'rm -rf -- /w/run/stage': {} },
    files: { [path]: { content: text, mode: '0640', group: 'adm' } },
  })
  const owned = [{ kind: 'lineinfile', name: `in ${path}: ours`, before: 'file' }]
  const gate = async () => async () => ({ faults: ['worse than before'], newer: null })
  const { outcome } = await transact(inputFor({}, system, { owned, gate }))
  assert.is(outcome, 'rolled-back')
  assert.is(await textOf(system), text)
  assert.equal((await system.stat(path))?.group, 'adm')
})

test.run()
