import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { identify } from '../../agent/inventory/identity.ts'
import type { NodeNames } from '../../agent/inventory/identity.ts'
import { CommitError, UsageError } from '../../agent/system/errors.ts'
import { load } from './load-text.ts'

const inventory = await load({
  'hosts.yml': 'all: { hosts: { lb1: , lb2.example.com: , lb3: , lb3.example.com: } }\n',
})

const found: readonly (readonly [names: NodeNames, host: string])[] = [
  [{ fqdn: 'lb1.example.com', hostname: 'lb1' }, 'lb1'],
  [{ fqdn: 'lb2.example.com', hostname: 'lb2' }, 'lb2.example.com'],
  [{ fqdn: 'lb1', hostname: 'lb1' }, 'lb1'],
  [{ node: 'lb3', fqdn: 'lb3.example.com', hostname: 'lb3' }, 'lb3'],
  [{ node: 'lb1', fqdn: 'lb2.example.com', hostname: 'lb3' }, 'lb1'],
]

for (const [names, host] of found) {
  test(`${JSON.stringify(names)} is ${host}`, () => {
    assert.is(identify(inventory, names), host)
  })
}

test('a node that no host matches is refused, with the names tried and the hosts there are', () => {
  const error = errorOf({ fqdn: 'web1.example.com', hostname: 'web1' })
  assert.instance(error, CommitError)
  assert.is(
    error.message,
    'inventory/hosts.yml: no host "web1.example.com" nor "web1", which is what this node is called; ' +
      'add one of these names to the inventory, or set node: in agent.yml. ' +
      'Hosts: lb1, lb2.example.com, lb3, lb3.example.com',
  )
})

test('a node that two hosts match is refused', () => {
  const error = errorOf({ fqdn: 'lb3.example.com', hostname: 'lb3' })
  assert.instance(error, UsageError)
  assert.match(error.message, 'could be lb3.example.com or lb3: set node: in agent.yml')
})

test('node in agent.yml is the only name that counts', () => {
  const error = errorOf({ node: 'lb9', fqdn: 'lb1', hostname: 'lb1' })
  assert.instance(error, CommitError)
  assert.match(error.message, 'no host "lb9"')
  assert.match(error.message, 'or correct node: in agent.yml')
})

function errorOf(names: NodeNames): Error {
  try {
    return new Error(`nothing was thrown: ${identify(inventory, names)}`)
  } catch (error) {
    if (error instanceof Error) return error
    throw error
  }
}

test.run()
