import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { formatGraph } from '../../agent/inventory/graph.ts'
import { loadInventory } from '../../agent/inventory/load.ts'
import { layersOf, mergeVars } from '../../agent/inventory/merge.ts'
import { CommitError, formatProblem, UsageError } from '../../agent/system/errors.ts'
import { createFiles } from '../../agent/system/files.ts'
import { load } from './load-text.ts'

const oneHost = 'all: { hosts: { lb1: } }\n'

interface Case {
  readonly name: string
  readonly files: Readonly<Record<string, string>>
  readonly beside?: Readonly<Record<string, string>>
  readonly said: readonly string[]
}

const problems: readonly Case[] = [
  {
    name: 'no inventory at all',
    files: {},
    said: ['inventory/hosts.yml: the inventory is missing; write this file'],
  },
  {
    name: 'an inventory in INI',
    files: { hosts: '[web]\nweb1\n' },
    said: [
      'inventory/hosts.yml: the inventory is missing; make it from hosts: ansible-inventory -i inventory/hosts --list --yaml --output inventory/hosts.yml',
    ],
  },
  {
    name: 'two hosts files',
    files: { 'hosts.yml': oneHost, 'hosts.yaml': oneHost },
    said: ['inventory/hosts.yaml: there is a hosts.yml too: keep one of them'],
  },
  {
    name: 'an empty hosts file',
    files: { 'hosts.yml': '---\n' },
    said: ['inventory/hosts.yml: the inventory is empty: add all: with hosts'],
  },
  {
    name: 'a list for an inventory',
    files: { 'hosts.yml': '- lb1\n' },
    said: ['inventory/hosts.yml:1: expected groups, such as all:'],
  },
  {
    name: 'hosts without colons, which YAML reads as one text',
    files: { 'hosts.yml': 'all:\n  hosts:\n    lb1\n    lb2\n' },
    said: [
      'inventory/hosts.yml:2 all.hosts: write each name in a line of its own, with a colon behind it',
    ],
  },
  {
    name: 'hosts and children as lists',
    files: { 'hosts.yml': 'all:\n  hosts: [lb1]\n  children:\n    - web\n' },
    said: [
      'inventory/hosts.yml:2 all.hosts: write each name in a line of its own, with a colon behind it',
      'inventory/hosts.yml:3 all.children: write each name in a line of its own, with a colon behind it',
    ],
  },
  {
    name: 'a part of a group that does not exist',
    files: { 'hosts.yml': 'all:\n  host:\n    lb1:\nweb:\n  web1:\n' },
    said: [
      'inventory/hosts.yml:2 all.host: no such part of a group; did you mean "hosts"?',
      'inventory/hosts.yml:5 web.web1: no such part of a group; there are: hosts, vars, children',
    ],
  },
  {
    name: 'text where a group, variables or a number belong',
    files: {
      'hosts.yml':
        'all:\n  children:\n    web: x\n    db:\n      vars: y\n      hosts:\n        db1: z\n' +
        '    lb:\n      vars:\n        ansible_group_priority: high\n',
    },
    said: [
      'inventory/hosts.yml:3 all.children.web: a group is a map of hosts, vars, children',
      'inventory/hosts.yml:5 all.children.db.vars: expected variables: name: value',
      'inventory/hosts.yml:7 all.children.db.hosts.db1: expected variables: name: value',
      'inventory/hosts.yml:10 ansible_group_priority: expected a whole number',
    ],
  },
  {
    name: 'a bad range',
    files: { 'hosts.yml': 'all:\n  hosts:\n    lb[3:1]:\n' },
    said: ['inventory/hosts.yml:3 all.hosts.lb[3:1]: [3:1] ends before it begins'],
  },
  {
    name: 'a group that contains itself',
    files: {
      'hosts.yml':
        'all:\n  children:\n    a:\n      children:\n        b:\n          children:\n            a:\n',
    },
    said: [
      'inventory/hosts.yml:7 all.children.a.children.b.children.a: group a contains itself: a > b > a',
    ],
  },
  {
    name: 'a group that is its own child',
    files: { 'hosts.yml': 'a:\n  children:\n    a:\n' },
    said: ['inventory/hosts.yml:3 a.children.a: group a contains itself: a > a'],
  },
  {
    name: 'all below a group',
    files: { 'hosts.yml': 'web:\n  children:\n    all:\n' },
    said: ['inventory/hosts.yml:3 web.children.all: group all contains itself: all > web > all'],
  },
  {
    name: 'ungrouped below a group',
    files: { 'hosts.yml': 'web:\n  children:\n    ungrouped:\n' },
    said: ['inventory/hosts.yml:3 web.children.ungrouped: ungrouped can be a child of all only'],
  },
  {
    name: 'mistakes of all files are told together',
    files: {
      'hosts.yml': 'all:\n  host:\n  hosts:\n    lb1:\n  children:\n    web:\n',
      'group_vars/all.yml': 'a: {{ b }}\n',
      'group_vars/web/one.yml': '- a list\n',
      'group_vars/web/two.yml': 'a: 1\na: 2\n',
      'host_vars/lb1.json': '{ "a": 1, }}\n',
      'host_vars/lb2.yml': 'not: {{ read }}\n',
    },
    said: [
      'inventory/hosts.yml:2 all.host: no such part of a group; did you mean "hosts"?',
      'inventory/group_vars/all.yml:1 a: a value that starts with {{ needs quotes: "{{ … }}"',
      'inventory/group_vars/web/one.yml:1: expected variables: name: value',
      'inventory/group_vars/web/two.yml:2 a: this key is here twice, first in line 1',
      'inventory/host_vars/lb1.json:1: unexpected flow-map-end token in YAML stream: "}"',
    ],
  },
]

for (const { name, files, beside, said } of problems) {
  test(`refuses ${name}`, async () => {
    let caught: unknown
    await load(files, beside).catch((error: unknown) => (caught = error))
    assert.instance(caught, CommitError)
    if (caught instanceof CommitError) assert.equal(caught.problems.map(formatProblem), said)
  })
}

const warnings: readonly Case[] = [
  { name: 'nothing', files: { 'hosts.yml': oneHost, 'README.md': 'text' }, said: [] },
  {
    name: 'variables of nobody',
    files: {
      'hosts.yml': oneHost,
      'group_vars/web.yml': 'a: {{ not read }}\n',
      'host_vars/lb2': '',
      'host_vars/.lb3.yml': '',
      'host_vars/lb4.yml~': '',
    },
    said: [
      'inventory/group_vars/web.yml: not read: the inventory has no group of that name',
      'inventory/host_vars/lb2: not read: the inventory has no host of that name',
    ],
  },
  {
    name: 'a file that a folder hides',
    files: { 'hosts.yml': oneHost, 'group_vars/all/a.yml': '', 'group_vars/all.yml': '' },
    said: [
      'inventory/group_vars/all.yml: not read, since inventory/group_vars/all is there: move it into a folder all/',
    ],
  },
  {
    name: 'a priority where Ansible does not look for it',
    files: { 'hosts.yml': oneHost, 'group_vars/all.yml': '\nansible_group_priority: 2\n' },
    said: [
      'inventory/group_vars/all.yml:2 ansible_group_priority: no effect in group_vars: set it below the vars of the group in hosts.yml',
    ],
  },
  {
    name: 'a name of a host and of a group',
    files: { 'hosts.yml': 'all: { children: { git: { hosts: { git: } } } }\n' },
    said: [
      'inventory/hosts.yml git: the name of a host and of a group: variables written here may go to the group',
    ],
  },
  {
    name: 'more inventories in the folder, and variables beside it',
    files: { 'hosts.yml': oneHost, 'staging.yml': '', hosts: '', 'roles/web/tasks/main.yml': '' },
    beside: { 'group_vars/all.yml': '' },
    said: [
      'inventory/hosts: not read: the inventory is hosts.yml, group_vars/ and host_vars/',
      'inventory/staging.yml: not read: the inventory is hosts.yml, group_vars/ and host_vars/',
      'group_vars: not read: move it to inventory/group_vars',
    ],
  },
]

for (const { name, files, beside, said } of warnings) {
  test(`warns of ${name}`, async () => {
    const inventory = await load(files, beside)
    assert.equal(
      inventory.warnings.map(({ text }) => text),
      said,
    )
  })
}

test('every value knows its place, wherever it comes from', async () => {
  const inventory = await load({
    'hosts.yml': 'all:\n  vars:\n    a: 1\n  hosts:\n    lb1:22:\n      b:\n        c: [2, 3]\n',
    'group_vars/all/x.yml': '\nd: 4\n',
    'host_vars/lb1.yml': 'e: {}\n',
  })
  const vars = mergeVars(inventory, 'lb1')
  const place = (name: string, ...path: (string | number)[]): string => {
    const { file, line, key } = vars.get(name)?.place(path) ?? { file: 'none' }
    return `${file}:${line} ${key}`
  }
  assert.is(place('a'), 'inventory/hosts.yml:3 a')
  assert.is(place('b', 'c', 1), 'inventory/hosts.yml:7 b.c[1]')
  assert.is(place('d'), 'inventory/group_vars/all/x.yml:2 d')
  assert.is(place('e', 'missing'), 'inventory/host_vars/lb1.yml:1 e.missing')
  assert.is(place('ansible_port'), 'inventory/hosts.yml:5 ansible_port')
})

test('layers come in the order in which they win', async () => {
  const inventory = await load({
    'hosts.yml':
      'all: { vars: { a: 1 }, children: { web: { vars: { a: 2 }, hosts: { web1: { a: 5 } } } } }\n',
    'group_vars/all.yml': 'a: 3\n',
    'group_vars/web.yml': 'a: 4\n',
    'host_vars/web1.yml': 'a: 6\n',
  })
  const values = layersOf(inventory, 'web1').map((layer) => layer.get('a')?.value)
  assert.equal(values, [1, 2, 3, 4, 5, 6])
})

test('an unknown host or group is a wrong usage', async () => {
  const inventory = await load({ 'hosts.yml': oneHost })
  assert.throws(() => mergeVars(inventory, 'lb'), isUsage('no host "lb"'))
  assert.throws(() => formatGraph(inventory, 'web'), isUsage('no group "web"'))
})

test('the graph may start at a group', async () => {
  const inventory = await load({
    'hosts.yml': 'all: { children: { web: { hosts: { web1: } }, db: { hosts: { db1: } } } }\n',
  })
  assert.is(formatGraph(inventory, 'web'), '@web:\n  |--web1')
})

test('links to files and folders are followed, and text that is no UTF-8 is refused', async () => {
  const root = mkdtempSync(join(tmpdir(), 'inventory-'))
  try {
    const folder = join(root, 'inventory')
    mkdirSync(join(folder, 'group_vars'), { recursive: true })
    mkdirSync(join(root, 'shared'))
    writeFileSync(join(folder, 'hosts.yml'), 'all: { children: { web: { hosts: { web1: } } } }\n')
    writeFileSync(join(root, 'shared/a.yml'), 'from: shared\n')
    symlinkSync('../../shared', join(folder, 'group_vars/all'))
    symlinkSync('../../shared/a.yml', join(folder, 'group_vars/web.yml'))
    const inventory = await loadInventory(folder, root, createFiles())
    assert.is(inventory.groups.get('all')?.files.get('from')?.value, 'shared')
    assert.is(inventory.groups.get('web')?.files.get('from')?.value, 'shared')

    writeFileSync(join(root, 'shared/a.yml'), Uint8Array.of(0x61, 0x3a, 0x20, 0xff))
    let caught: unknown
    await loadInventory(folder, root, createFiles()).catch((error: unknown) => (caught = error))
    assert.match(String(caught), 'inventory/group_vars/web.yml: not UTF-8 text')
  } finally {
    rmSync(root, { recursive: true })
  }
})

function isUsage(part: string): (error: unknown) => boolean {
  return (error) => error instanceof UsageError && error.message.includes(part)
}

test.run()
