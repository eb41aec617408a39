import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Option } from '../../agent/roles/argument-spec.ts'
import { checkArgument } from '../../agent/roles/check-argument.ts'
import { formatProblem } from '../../agent/system/errors.ts'
import { formatValuePath } from '../../agent/yaml/yaml.ts'

const server: Option = {
  type: 'list',
  elements: 'dict',
  options: {
    name: { type: 'str', required: true },
    port: { type: 'int', default: 80, range: [1, 65535] },
    weights: { type: 'list', elements: 'int', range: [0, 256] },
    check: { type: 'bool' },
    mode: { type: 'str', choices: ['http', 'tcp'] },
    password: { type: 'str', no_log: true },
  },
}

function check(value: unknown, option: Option) {
  const checked = checkArgument(value, option, (path) => ({
    file: 'v.yml',
    line: 1,
    key: formatValuePath(['servers', ...path]),
  }))
  return { ...checked, problems: checked.problems.map(formatProblem) }
}

test('fills what was left out: the default, else null', () => {
  const { value, problems } = check([{ name: 'a' }], server)
  assert.equal(problems, [])
  assert.equal(value, [
    { name: 'a', port: 80, weights: null, check: null, mode: null, password: null },
  ])
})

test('collects secrets', () => {
  assert.equal(check([{ name: 'a', password: 'hunter2' }], server).secrets, ['hunter2'])
})

test('collects numbers, and all that a map or a list holds', () => {
  const spec: Option = {
    type: 'dict',
    options: {
      pin: { type: 'int', no_log: true },
      all: { type: 'dict', no_log: true },
      codes: { type: 'list', elements: 'str', no_log: true },
    },
  }
  const value = { pin: '4711', all: { a: [{ b: 'deep' }], on: true }, codes: ['x', 7] }
  assert.equal(check(value, spec).secrets, ['4711', 'deep', 'x', '7'])
})

test('does not say what a secret is, nor what is wrong in one', () => {
  const spec: Option = {
    type: 'dict',
    no_log: true,
    options: { port: { type: 'int' }, mode: { type: 'str', choices: ['a'] } },
  }
  assert.equal(check({ port: 'high', mode: 'hunter2' }, spec).problems, [
    'v.yml:1 servers.port: expected a whole number, got a value that is not shown',
    'v.yml:1 servers.mode: expected one of a, got a value that is not shown',
  ])
})

const wrong: readonly (readonly [unknown, string])[] = [
  [[{ name: 'a', port: 'high' }], 'v.yml:1 servers[0].port: expected a whole number, got "high"'],
  [[{ name: 'a', port: 99999 }], 'v.yml:1 servers[0].port: expected 1 to 65535, got 99999'],
  [[{ name: 'a', weights: [1, 300] }], 'v.yml:1 servers[0].weights[1]: expected 0 to 256, got 300'],
  [[{ name: 'a', port: 1.5 }], 'v.yml:1 servers[0].port: expected a whole number, got 1.5'],
  [[{ port: 1 }], 'v.yml:1 servers[0].name: expected text, got nothing'],
  [[{ name: 'a', prot: 1 }], 'v.yml:1 servers[0].prot: unknown key; did you mean "port"?'],
  [[{ name: 'a', mode: 'udp' }], 'v.yml:1 servers[0].mode: expected one of http, tcp, got "udp"'],
  [[{ name: true }], 'v.yml:1 servers[0].name: expected text, got true'],
  [['a'], 'v.yml:1 servers[0]: expected a map, got "a"'],
  ['a', 'v.yml:1 servers: expected a list, got "a"'],
]

for (const [value, expected] of wrong) {
  test(`refuses ${JSON.stringify(value)}`, () =>
    assert.equal(check(value, server).problems, [expected]))
}

test('takes numbers and truths that a template made text of', () => {
  assert.equal(check([{ name: 5, port: '8080', check: 'yes' }], server).value, [
    { name: '5', port: 8080, weights: null, check: true, mode: null, password: null },
  ])
})

test.run()
