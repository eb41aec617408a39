import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { createRoleLoader } from '../../agent/roles/load-role.ts'
import type { BuiltInRoles } from '../../agent/roles/load-role.ts'
import { fakeSystem } from '../fake-system.ts'

const asked = { file: 'inventory/hosts.yml' }
const system = fakeSystem({
  files: {
    '/program/roles/web/defaults/main.yml': 'web_port: 80\n',
    '/program/roles/log/defaults/main.yml': 'log_port: 514\n',
    '/repo/roles/web/defaults/main.yml': 'web_port: 8080\n',
  },
})
const load = (own: readonly string[], kept?: BuiltInRoles) =>
  createRoleLoader({ own, builtIn: '/program/roles' }, system, kept)

test('a built-in role is read once for all loaders that keep it', async () => {
  const kept: BuiltInRoles = new Map()
  const first = await load([], kept)('log', asked)
  assert.is(await load([], kept)('log', asked), first)
  assert.is.not(await load([])('log', asked), first)
})

test('a built-in role is read anew in the end', async () => {
  const kept: BuiltInRoles = new Map()
  const first = await load([], kept)('log', asked)
  let loaders = 1
  while ((await load([], kept)('log', asked)) === first && loaders < 1_000) loaders++
  assert.is(loaders, 101)
})

test('a role of the config repo shadows what was kept, and is read by each loader', async () => {
  const kept: BuiltInRoles = new Map()
  const builtIn = await load([], kept)('web', asked)
  const own = await load(['/repo/roles'], kept)('web', asked)
  assert.is(own.isBuiltIn, false)
  assert.is(own.defaults.get('web_port')?.value, 8080)
  assert.is.not(await load(['/repo/roles'], kept)('web', asked), own)
  assert.is(await load([], kept)('web', asked), builtIn)
})

test.run()
