import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Option } from '../../agent/roles/argument-spec.ts'
import { maskVars } from '../../agent/roles/mask-vars.ts'

const users: Option = {
  type: 'list',
  elements: 'dict',
  options: { name: { type: 'str' }, pin: { type: 'int', no_log: true } },
}
const options: Readonly<Record<string, Option>> = {
  web_users: users,
  web_vault: { type: 'dict', no_log: true },
  web_codes: { type: 'list', elements: 'str', no_log: true },
}

function masked(values: Readonly<Record<string, unknown>>): unknown {
  const place = (): { readonly file: string } => ({ file: 'x.yml' })
  const vars = new Map(Object.entries(values).map(([name, value]) => [name, { value, place }]))
  return Object.fromEntries([...maskVars(vars, options)].map(([name, { value }]) => [name, value]))
}

const dots = '********'

test('hides what an option with no_log takes: numbers, maps and lists, too', () => {
  const found = masked({
    web_users: [{ name: 'bob', pin: 4711 }],
    web_vault: { a: { b: 'deep' }, on: true },
    web_codes: ['one1', 'two2'],
  })
  assert.equal(found, {
    web_users: [{ name: 'bob', pin: dots }],
    web_vault: { a: { b: dots }, on: true },
    web_codes: [dots, dots],
  })
})

test('hides what is named as a secret is, and leaves what only sounds so', () => {
  const found = masked({
    evenkeel_peer_key: 'k',
    tls_private_key: 'line\nline',
    ansible_ssh_pass: 'x',
    bypass: 'no',
    keys: ['a'],
    passive: 'yes',
  })
  assert.equal(found, {
    evenkeel_peer_key: dots,
    tls_private_key: dots,
    ansible_ssh_pass: dots,
    bypass: 'no',
    keys: ['a'],
    passive: 'yes',
  })
})

test('hides a secret wherever else it stands, and the content of a file that is one', () => {
  const found = masked({
    db_password: 'hunter2',
    url: 'http://db/?p=hunter2',
    login: 'https://bob:other@db/',
    haproxy_files: [{ dest: '/a', secret: true, content: 'x' }],
  })
  assert.equal(found, {
    db_password: dots,
    url: `http://db/?p=${dots}`,
    login: `https://${dots}@db/`,
    haproxy_files: [{ dest: '/a', secret: true, content: dots }],
  })
})

test('a template stays, since it says where a secret comes from; there it is hidden', () => {
  const found = masked({ plain: 'abcd', vault: { db: '{{plain}}' }, db_password: '{{vault.db}}' })
  assert.equal(found, { plain: dots, vault: { db: '{{plain}}' }, db_password: '{{vault.db}}' })
})

test.run()
