/**
 * Each folder of test/cases/inventory holds an inventory and what the real Ansible makes of it, written by
 * `npx tsx test/cases/inventory/expect.ts`.
 */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { formatGraph, formatVars } from '../../agent/inventory/graph.ts'
import { loadInventory } from '../../agent/inventory/load.ts'
import { groupNames, hostsByGroup } from '../../agent/inventory/membership.ts'
import { mergeVars } from '../../agent/inventory/merge.ts'
import { createFiles } from '../../agent/system/files.ts'

interface Expected {
  readonly graph: string
  readonly hosts: Readonly<Record<string, unknown>>
  readonly groupNames: Readonly<Record<string, readonly string[]>>
  readonly groups: Readonly<Record<string, readonly string[]>>
}

const cases = join(import.meta.dirname, '../cases/inventory')
const names = readdirSync(cases, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)

test('there are cases', () => {
  assert.ok(names.length > 40)
})

for (const name of names) {
  test(`${name}: the same as Ansible`, async () => {
    const root = join(cases, name)
    const expected: Expected = JSON.parse(readFileSync(join(root, 'expected.json'), 'utf8'))
    const inventory = await loadInventory(join(root, 'inventory'), root, createFiles())

    const hosts = inventory.hosts.toSorted()
    assert.equal(hosts, Object.keys(expected.hosts).toSorted())
    assert.equal(formatGraph(inventory), expected.graph)
    for (const host of hosts) {
      const shown: unknown = JSON.parse(formatVars(mergeVars(inventory, host)))
      assert.equal(shown, expected.hosts[host], host)
      assert.equal(groupNames(inventory, host), expected.groupNames[host], host)
    }
    assert.equal(sorted(hostsByGroup(inventory)), expected.groups)
  })
}

function sorted(groups: Readonly<Record<string, readonly string[]>>): object {
  const entries = Object.entries(groups).map(([name, hosts]) => [name, hosts.toSorted()] as const)
  return Object.fromEntries(entries)
}

test.run()
