/** Secrets of a run, of the one before, and of what goes: in nothing that is shown, and in no file that others can read. */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { formatClosing, formatResult } from '../../agent/cli/format/format-report.ts'
import { converge } from '../../agent/converge/converge.ts'
import { wholeRun } from '../../agent/converge/request.ts'
import type { Request } from '../../agent/converge/request.ts'
import type { Report, RunEvent } from '../../agent/report/report.ts'
import { readHistory } from '../../agent/store/history.ts'
import { createNode } from './node.ts'

const spec = `argument_specs:
  main:
    options:
      site_password: {type: str, no_log: true}
      site_pin: {type: int, no_log: true}
      site_vault: {type: dict, no_log: true}
      site_motto: {type: str, no_log: true}
      site_mode: {type: str, no_log: true, choices: ['0640', '0600']}
`

interface Secrets {
  readonly password: string
  readonly pin: number
  readonly deep: string
  readonly motto: readonly string[]
  /** Of a file of a task with no_log. */
  readonly file: string
  /** Of a line of a file, of a task with no_log. */
  readonly line: string
}

const first: Secrets = {
  password: 'open-sesame-one',
  pin: 471147,
  deep: 'deep-in-a-map-one',
  motto: ['first of the motto', 'second of the motto'],
  file: 'the-whole-file-one',
  line: 'line-of-a-file-one',
}
const second: Secrets = {
  password: "it's $second",
  pin: 815815,
  deep: 'deep-in-a-map-two',
  motto: ['third of the motto', 'fourth of the motto'],
  file: 'the-whole-file-two',
  line: 'line-of-a-file-two',
}
const byHand = 'nobody-has-told-us'

const all = [first, second].flatMap(({ password, pin, deep, motto, file, line }) => [
  password,
  String(pin),
  deep,
  ...motto,
  file,
  line,
])

/** A node, its repo, and everything that its runs have said. */
function createSite() {
  const node = createNode()
  const etc = join(dirname(node.paths.config), 'etc')
  const said: string[] = []
  const at = (name: string): string => join(etc, name)
  const writeRepo = (secrets: Secrets | null, more: string, subject: string): string => {
    const conf = secrets === null ? '' : template(at('site.conf'))
    const hidden = secrets === null ? '' : tasksOf(secrets, at)
    const vars = secrets === null ? '' : varsOf(secrets)
    return node.repo.commit(
      {
        'inventory/hosts.yml': 'all:\n  hosts:\n    lb1:\n      roles: [site]\n',
        'inventory/host_vars/lb1.yml': `plain: 1\n${vars}`,
        'roles/site/meta/argument_specs.yml': spec,
        'roles/site/templates/site.hbs':
          "pass '{{site_password}}'\npin {{site_pin}}\ndeep {{site_vault.deep}}\nmotto:\n{{indent site_motto 4}}\n",
        'roles/site/tasks/main.yml': `- {name: Always, copy: {dest: ${at('always')}, content: x}}\n${conf}${hidden}${more}`,
      },
      subject,
    )
  }
  const run = async (more: Partial<Request> = {}): Promise<Report> => {
    const events: RunEvent[] = []
    const machine = { paths: node.paths, system: node.system }
    const request = { ...wholeRun('converge', 'person'), ...more }
    const { report } = await converge(request, machine, { on: (event) => void events.push(event) })
    const style = { diff: true, verbose: true, color: false }
    const texts = events.flatMap((event) =>
      event.type === 'result' ? [formatResult(event.result, style)] : [JSON.stringify(event)],
    )
    said.push(...texts.map(String), formatClosing(report, style), JSON.stringify(report))
    return report
  }
  return { node, at, writeRepo, run, said }
}

function template(dest: string): string {
  return `- {name: Conf, template: {src: site.hbs, dest: ${dest}, mode: '0640'}}\n`
}

function tasksOf({ file, line }: Secrets, at: (name: string) => string): string {
  return `- {name: Key, copy: {dest: ${at('key')}, content: "${file}"}, no_log: true}
- {name: Line, lineinfile: {path: ${at('lines')}, line: "${line}", create: true}, no_log: true}
`
}

function varsOf({ password, pin, deep, motto }: Secrets): string {
  return `site_password: "${password}"
site_pin: ${pin}
site_vault: {deep: ${deep}}
site_motto: |
  ${motto.join('\n  ')}
`
}

/** Files below a folder that others than their owner and group may read. */
function readableByOthers(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((file) => statSync(file).isFile() && (statSync(file).mode & 0o004) !== 0)
}

test('no secret is shown, of whichever run, and no file of ours lets others read one', async () => {
  const { node, at, writeRepo, run, said } = createSite()
  const expectEnd = async (
    outcome: Report['outcome'],
    more?: Partial<Request>,
  ): Promise<Report> => {
    const report = await run(more)
    assert.is(report.outcome, outcome, report.message)
    return report
  }
  mkdirSync(dirname(at('x')), { recursive: true })
  const one = writeRepo(first, '', 'First')
  await expectEnd('drift', { mode: 'plan' })
  await expectEnd('converged')
  assert.match(readFileSync(at('site.conf'), 'utf8'), first.password)

  // A rotation; one that is rolled back; and back by hand
  writeRepo(second, '', 'Rotation')
  const rotated = await expectEnd('converged')
  const conf = rotated.results.find(({ task }) => task === 'Conf')
  assert.is(conf?.changes[0]?.note, 'only what is hidden differs')
  const failing = `- {name: Fails, command: {argv: [sh, '-c', "echo {{site_password}} ${first.password} >&2; false"], creates: ${at('never')}}}\n`
  writeRepo(first, failing, 'Fails')
  await expectEnd('rolled-back')
  await expectEnd('converged', {
    rollBackTo: { commit: one, at: '', subject: 'First' },
  })
  // Somebody else's change
  writeFileSync(at('site.conf'), `password ${byHand}\n`)
  await expectEnd('converged', { rollBackTo: { commit: one, at: '', subject: 'First' } })
  // All of it goes
  writeRepo(null, '', 'Removal')
  await expectEnd('drift', { mode: 'plan' })
  await expectEnd('converged')
  assert.not(existsSync(at('key')))

  const history = await readHistory({ paths: node.paths, system: node.system }, 100)
  const shown = [...said, JSON.stringify(history)].join('\n')
  for (const secret of [...all, byHand]) {
    for (const form of [
      secret,
      JSON.stringify(secret).slice(1, -1),
      secret.replaceAll("'", "'\\''"),
    ]) {
      assert.not(shown.includes(form), `${form} is shown`)
    }
  }
  const open = readableByOthers(node.paths.state).concat(readableByOthers(node.paths.run))
  for (const file of open) {
    const text = readFileSync(file, 'utf8')
    for (const secret of all) assert.not(text.includes(secret), `${secret} in ${file}`)
  }
})

test('a value that is refused is not said', async () => {
  const { writeRepo, run, said, node } = createSite()
  writeRepo(null, '', 'First')
  await run()
  node.repo.commit(
    { 'inventory/host_vars/lb1.yml': 'site_mode: not-to-be-shown\nsite_pin: nor-is-this\n' },
    'Wrong',
  )
  const report = await run()
  assert.is(report.exitCode, 4, report.message)
  assert.match(
    report.message,
    'site_mode: expected one of 0640, 0600, got a value that is not shown',
  )
  assert.match(report.message, 'site_pin: expected a whole number, got a value that is not shown')
  assert.not(/not-to-be-shown|nor-is-this/.test(said.join('\n')))
})

test.run()
