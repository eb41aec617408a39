import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { copy } from '../../agent/resources/file/copy.ts'
import { file } from '../../agent/resources/file/file.ts'
import type { AnyKind } from '../../agent/resources/kind.ts'
import type { Machine } from '../fake-machine.ts'
import { fakeSystem } from '../fake-system.ts'

const place = { file: 'tasks/main.yml', line: 1 }

async function owned(
  kind: AnyKind,
  raw: Readonly<Record<string, unknown>>,
  files: Machine['files'] = {},
): Promise<readonly string[]> {
  const spec = kind.parse(raw, place)
  const state = await kind.observe(spec, fakeSystem({ files }))
  const claimed = kind.ownership?.claims(spec) ?? []
  const names = kind.ownership?.owned(spec, state).map(({ name }) => name) ?? []
  assert.ok(names.every((name) => claimed.includes(name)))
  return names
}

test('a file is owned when it was not there before', async () => {
  const raw = { dest: '/etc/a', content: 'x' }
  assert.equal(await owned(copy, raw), ['/etc/a'])
  assert.equal(await owned(copy, raw, { '/etc/a': 'of the distribution' }), [])
  assert.equal(await owned(copy, raw, { '/etc/a': { type: 'link', target: '/b' } }), [])
})

test('a link is owned when it was not there before, a folder never', async () => {
  const raw = { path: '/etc/a', state: 'link', src: '/b' }
  assert.equal(await owned(file, raw), ['/etc/a'])
  assert.equal(await owned(file, raw, { '/etc/a': { type: 'link', target: '/c' } }), [])
  assert.equal(await owned(file, { path: '/etc/a.d', state: 'directory' }), [])
})

test('an owned file is removed with its content shown, once', async () => {
  const system = fakeSystem({ files: { '/etc/a': 'x\n' } })
  const one = { name: '/etc/a', before: null }
  assert.equal(await copy.ownership?.removal(one, system), [
    { field: 'state', before: 'file', after: null },
    { field: 'content', before: 'x\n', after: null },
  ])
  await copy.ownership?.remove(one, system)
  assert.equal(await copy.ownership?.removal(one, system), [])
  assert.equal(system.done, ['remove /etc/a'])
})

test('what took the place of an owned thing stays', async () => {
  const system = fakeSystem({ files: { '/etc/a/x': '', '/etc/b': '' } })
  assert.equal(await copy.ownership?.removal({ name: '/etc/a', before: null }, system), [])
  assert.equal(await file.ownership?.removal({ name: '/etc/b', before: null }, system), [])
})

test('an owned link is removed, not what it leads to', async () => {
  const system = fakeSystem({ files: { '/etc/a': { type: 'link', target: '/b' }, '/b': '' } })
  const one = { name: '/etc/a', before: null }
  assert.equal(await file.ownership?.removal(one, system), [
    { field: 'state', before: 'link to /b', after: null },
  ])
  await file.ownership?.remove(one, system)
  assert.equal(system.done, ['remove /etc/a'])
})

test.run()
