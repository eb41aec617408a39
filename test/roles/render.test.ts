import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Variable, Vars } from '../../agent/inventory/inventory.ts'
import type { CopySpec } from '../../agent/resources/file/copy.ts'
import { kinds } from '../../agent/resources/index.ts'
import { parseArgumentSpec } from '../../agent/roles/argument-spec.ts'
import { enter, withinRenderLimits } from '../../agent/roles/render-limits.ts'
import { renderHost } from '../../agent/roles/render.ts'
import type { Desired } from '../../agent/roles/resource.ts'
import type { Role } from '../../agent/roles/role.ts'
import { CommitError, formatProblem } from '../../agent/system/errors.ts'
import { readYaml } from '../../agent/yaml/yaml.ts'

/** A role and an inventory of one host, written as people write them. */
interface World {
  readonly vars?: string
  readonly tasks?: string
  readonly handlers?: string
  readonly defaults?: string
  readonly spec?: string
  readonly extra?: string
  readonly templates?: Readonly<Record<string, string>>
}

function vars(text: string, file: string): Vars {
  const source = readYaml(text, file)
  return new Map(
    Object.entries(source.value ?? {}).map(([name, value]): [string, Variable] => [
      name,
      { value: value as unknown, place: (path) => source.place([name, ...path]) },
    ]),
  )
}

function render(world: World): Desired {
  const role: Role = {
    name: 'web',
    isBuiltIn: false,
    defaults: vars(world.defaults ?? '', 'roles/web/defaults/main.yml'),
    vars: new Map(),
    options: world.spec === undefined ? null : parseArgumentSpec(readYaml(world.spec, 'spec.yml')),
    tasks: readYaml(world.tasks ?? '', 'roles/web/tasks/main.yml'),
    handlers: readYaml(world.handlers ?? '', 'roles/web/handlers/main.yml'),
    templates: (name) => {
      const text = world.templates?.[name]
      return text === undefined ? null : { text, file: `roles/web/templates/${name}` }
    },
    files: () => null,
  }
  const own = vars(world.vars ?? '', 'inventory/host_vars/lb1.yml')
  const other = vars('ansible_host: 192.0.2.12', 'inventory/host_vars/lb2.yml')
  return renderHost(
    {
      host: 'lb1',
      hosts: ['lb1', 'lb2'],
      varsOf: (host) => (host === 'lb1' ? own : other),
      groupNames: () => ['loadbalancers'],
      groups: { loadbalancers: ['lb1', 'lb2'] },
      extraVars: vars(world.extra ?? '', '-e'),
      facts: { os_family: 'Debian' },
    },
    [role],
    kinds,
  )
}

function contentOf(world: World): string {
  const { spec } = render(world).resources[0] as { spec: CopySpec }
  return new TextDecoder().decode(spec.content)
}

/** What is wrong with it, a sentence for each fault. */
function problemsOf(world: World): readonly string[] {
  try {
    render(world)
    return []
  } catch (error) {
    if (error instanceof CommitError) return error.problems.map(formatProblem)
    throw error
  }
}

const write = (content: string): string =>
  `- name: Write\n  copy:\n    dest: /etc/x\n    content: "${content}"\n`

test('extra vars win over the inventory, the inventory over defaults', () => {
  const world = { tasks: write('{{a}}'), defaults: 'a: default' }
  assert.is(contentOf(world), 'default')
  assert.is(contentOf({ ...world, vars: 'a: host' }), 'host')
  assert.is(contentOf({ ...world, vars: 'a: host', extra: 'a: extra' }), 'extra')
})

test('a value is rendered when it is used, through other values', () => {
  assert.is(contentOf({ tasks: write('{{a}}'), vars: 'a: "<{{b}}>"\nb: "{{c}}"\nc: 1' }), '<1>')
})

test('what stands around an expression stays', () => {
  assert.is(contentOf({ tasks: write('{{a}}\\n'), vars: 'a: 1' }), '1\n')
})

test('other hosts are read through hostvars', () => {
  assert.is(contentOf({ tasks: write('{{hostvars.lb2.ansible_host}}') }), '192.0.2.12')
})

test('loop makes a resource for each item, when leaves tasks out', () => {
  const tasks =
    '- name: Each\n  when: (eq facts.os_family \'Debian\')\n  loop: "{{list}}"\n  copy:\n    dest: "/etc/{{item}}"\n    content: x\n' +
    '- name: Never\n  when: [(defined list), (eq 1 2)]\n  copy: {dest: /etc/n, content: x}\n'
  const desired = render({ tasks, vars: 'list: [a, b]' })
  assert.equal(
    desired.resources.map((resource) => resource.id),
    ['file /etc/a', 'file /etc/b'],
  )
  assert.equal(desired.skipped, [{ role: 'web', task: 'Never', tags: [] }])
})

test('a fingerprint is stable and follows the content', () => {
  const world = (line: string): World => ({
    tasks: '- name: T\n  template: {src: t.hbs, dest: /etc/t}\n',
    templates: { 't.hbs': `id {{fingerprint}}\n${line}\n` },
  })
  assert.match(contentOf(world('a')), /^id [0-9a-f]{16}\na\n$/)
  assert.is(contentOf(world('a')), contentOf(world('a')))
  assert.is.not(contentOf(world('a')).slice(0, 19), contentOf(world('b')).slice(0, 19))
})

const spec =
  'argument_specs:\n  main:\n    options:\n      web_port: {type: int, required: true}\n      web_users:\n        type: list\n        elements: dict\n        options:\n          name: {type: str, required: true}\n'

const refused: readonly (readonly [string, World, string])[] = [
  [
    'an unknown task key',
    { tasks: '- name: A\n  copy: {dest: /a, content: b}\n  wehn: x\n' },
    'roles/web/tasks/main.yml:3 wehn: unknown key of a task; did you mean "when"?',
  ],
  [
    'an unknown kind parameter, with its own line',
    { tasks: '- name: A\n  copy:\n    dest: /a\n    content: b\n    moed: "0644"\n' },
    'roles/web/tasks/main.yml:5 copy.moed',
  ],
  [
    'a missing variable',
    { tasks: write('{{gone}}') },
    'tasks/main.yml:4 copy.content: not defined',
  ],
  [
    'a missing variable in a template file',
    {
      tasks: '- name: T\n  template: {src: t.hbs, dest: /etc/t}\n',
      templates: { 't.hbs': 'a\nb {{gone}}\n' },
    },
    'roles/web/templates/t.hbs:2 {{gone}}: not defined',
  ],
  [
    'Jinja in a value that is used',
    { tasks: write('{{a}}'), vars: 'b: 1\na: "{{ b | int }}"' },
    'inventory/host_vars/lb1.yml:2 a: Jinja filter "| int"',
  ],
  [
    'a value that refers to itself',
    { tasks: write('{{a}}'), vars: 'a: "{{b}}"\nb: "{{a}}"' },
    'refers to itself: a → b → a',
  ],
  [
    'a wrong argument type, also where no task uses it',
    { spec, vars: 'web_port: high' },
    'inventory/host_vars/lb1.yml:1 web_port: expected a whole number, got "high"',
  ],
  [
    'an argument that is missing',
    { spec },
    'inventory/host_vars/lb1.yml web_port: required by role web, but not set anywhere',
  ],
  [
    'an unknown variable of a role',
    { spec, vars: 'web_port: 1\nweb_prot: 2' },
    'inventory/host_vars/lb1.yml:2 web_prot: role web has no such variable; did you mean "web_port"?',
  ],
  [
    'a fault deep in an argument',
    { spec, vars: 'web_port: 1\nweb_users:\n  - name: a\n  - nmae: b' },
    'inventory/host_vars/lb1.yml:4 web_users[1].nmae: unknown key; did you mean "name"?',
  ],
  [
    'a handler that does not exist',
    {
      tasks: '- name: A\n  copy: {dest: /a, content: b}\n  notify: Relaod\n',
      handlers: '- name: Reload\n  service: {name: x, state: reloaded}\n',
    },
    'notify: no handler "Relaod"; did you mean "Reload"?',
  ],
  [
    'one file managed twice',
    { tasks: write('a') + write('b') },
    'file /etc/x is also managed at roles/web/tasks/main.yml:2',
  ],
  [
    'one file managed twice, by tasks of two kinds',
    {
      tasks:
        '- name: A\n  copy: {dest: /etc/cron.d/x, content: b}\n' +
        '- name: B\n  cron: {name: x, schedule: "@daily", command: "true"}\n',
    },
    'cron /etc/cron.d/x is also managed at roles/web/tasks/main.yml:2',
  ],
  [
    'a condition that is neither true nor false',
    { tasks: '- name: A\n  when: list\n  copy: {dest: /a, content: b}\n', vars: 'list: [1]' },
    'expected true or false, got a list',
  ],
  [
    'a loop over no list',
    { tasks: '- name: A\n  loop: "{{n}}"\n  copy: {dest: /a, content: b}\n', vars: 'n: 3' },
    'roles/web/tasks/main.yml:2 loop: expected a list, got 3',
  ],
]

for (const [what, world, expected] of refused) {
  test(`refuses ${what}`, () => {
    assert.throws(
      () => render(world),
      (error: Error) => {
        assert.ok(error.message.includes(expected), `${error.message}\n  should say\n${expected}`)
        return true
      },
    )
  })
}

test('tells the faults of all tasks together', () => {
  const tasks = write('{{gone}}') + '- name: B\n  copy: {dest: /b, content: "{{lost}}"}\n'
  assert.throws(
    () => render({ tasks }),
    (error: Error) => error.message.split('\n').length === 2,
  )
})

const many = `[${Array.from({ length: 300 }, (_, index) => index).join(', ')}]`
const endless = `${'{{#each @root.list}}'.repeat(4)}x${'{{/each}}'.repeat(4)}`

test('loops within loops are ended before they have all time and memory', () => {
  assert.equal(
    problemsOf({
      vars: `list: ${many}`,
      templates: {
        'endless.hbs': `first line\n${endless}`,
        'fine.hbs': '{{#each list}}x{{/each}}',
      },
      tasks: `
- name: Endless
  template: {src: endless.hbs, dest: /etc/a}
- name: Fine
  template: {src: fine.hbs, dest: /etc/b}`,
    }),
    [
      'roles/web/templates/endless.hbs:2 {{#each @root.list}}: makes more than 128 MB; look for loops within loops, and templates that include each other',
    ],
  )
})

test('what takes too long all the same is broken off, and its place is told', () => {
  const place = { file: 'roles/web/templates/a.hbs', line: 1 }
  const hang = (): void => {
    enter(place)
    for (;;);
  }
  assert.throws(
    () => withinRenderLimits('lb1', hang, 50),
    /^roles\/web\/templates\/a\.hbs:1: rendering lb1 does not come to an end within 0\.05 s of CPU time/,
  )
})

test('values that double from one to the next are ended', () => {
  for (const [first, helper] of [
    ['[a, b]', 'append'],
    ['ab', 'concat'],
  ] as const) {
    const doubling = Array.from({ length: 40 }, (_, index) =>
      index === 0 ? `v0: ${first}` : `v${index}: '{{${helper} v${index - 1} v${index - 1}}}'`,
    )
    const [problem = ''] = problemsOf({
      vars: doubling.join('\n'),
      tasks: "- name: Many\n  copy: {dest: '/etc/a', content: '{{length v39}}'}",
    })
    assert.match(problem, /^inventory\/host_vars\/lb1\.yml:\d+ v\d+: makes more than 128 MB/)
  }
})

test('a task that loops over too much is ended', () => {
  const [problem = ''] = problemsOf({
    vars: `list: ${many}`,
    tasks: `- name: Many
  loop: '{{append ${'list '.repeat(120)}}}'
  copy: {dest: '/etc/{{item}}', content: a}`,
  })
  assert.match(problem, /^roles\/web\/tasks\/main\.yml:2 loop: makes more than 128 MB/)
})

test('templates that include each other twice over are ended', () => {
  const templates = Array.from({ length: 40 }, (_, index): [string, string] => [
    `t${index}.hbs`,
    index === 39 ? 'x' : `{{render 't${index + 1}.hbs'}}{{render 't${index + 1}.hbs'}}`,
  ])
  const [problem = ''] = problemsOf({
    templates: Object.fromEntries(templates),
    tasks: '- name: Deep\n  template: {src: t0.hbs, dest: /etc/a}',
  })
  assert.match(
    problem,
    /^roles\/web\/templates\/t\d+\.hbs:1: makes more than 128 MB; look for loops within loops/,
  )
})

test.run()
