/** The README's first command and everything that it and README show afterwards, run as they are shown. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { labTimeout } from './lab.ts'
import { createSteps } from './steps.ts'

const root = join(import.meta.dirname, '../..')
const lab = join(import.meta.dirname, 'lab')
const readme = readFileSync(join(root, 'README.md'), 'utf8')
const { after, step, check, run } = createSteps('README')
/** Not the id that a person uses: their lab may be up. */
const id = `d${process.pid.toString(36)}`
const env = { ...process.env, EVENKEEL_LAB: id }
let shown = ''

interface Ended {
  readonly code: number | null
  readonly output: string
}

function call(program: string, ...argv: readonly string[]): Ended {
  const { status, stdout, stderr } = spawnSync(program, argv, {
    cwd: root,
    env,
    encoding: 'utf8',
    timeout: labTimeout,
    maxBuffer: 64 * 1024 * 1024,
  })
  return { code: status, output: `${stdout}${stderr}` }
}

/** What is on this machine of our lab; others may be up beside it. */
function traces(): string {
  const script = `{ ip -br link; ip netns; iptables-save; cat /proc/self/mounts
    ls /run/evenkeel-lab /var/lib/evenkeel-lab; ps -eo args; } 2>/dev/null |
    grep -E -e "(ek|evenkeel|evenkeel-lab)[-/]$1" -e "^$1" | grep -v -e grep -e 'sh -c'`
  return call('sh', '-c', script, 'sh', id).output
}

after(() => void call('./install.sh', '--lab-down'))

step('install.sh --lab ends with what runs where', () => {
  const { code, output } = call('./install.sh', '--lab')
  assert.is(code, 0, output)
  for (const line of [
    /lb1 .*holds VIP1$/m,
    /lb2 .*holds VIP2$/m,
    /VIP1 .*www\.example\.com says: web\d www/,
  ]) {
    assert.ok(line.test(output), `${line} in\n${output}`)
  }
  shown = output
})

step('a second time it finds everything there', () => {
  const { code, output } = call('./install.sh', '--lab')
  assert.is(code, 0, output)
  assert.match(output, /the config repo is there already/)
  assert.match(traces(), id, 'it can be seen')
})

step('the three things to try do what they say', () => {
  const commands = shown.split('\n').filter((line) => /^ {5}\S/.test(line))
  assert.ok(commands.length >= 10, shown)
  const identity =
    'export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.com GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@example.com'
  // `plan` ends with 2 when it finds drift. And this machine may be slow, or the run of this minute come first.
  const until = (command: string): string => `until ${command}; do sleep 0.5; done`
  const lines = commands.map((line) =>
    line.includes(' plan ')
      ? `${line} && exit 1 || [ $? = 2 ]`
      : line
          .replace('sleep 5; evenkeel history', until('evenkeel history | grep failed-over'))
          .replace('sleep 5; evenkeel status', until('evenkeel status | grep "repaired: file"'))
          .replace('curl -s ', 'curl -s --retry 30 --retry-all-errors --retry-delay 1 '),
  )
  lines.push(`${lab} exec lb1 -- grep balance /etc/haproxy/haproxy.cfg`)
  const { code, output } = call('bash', '--norc', '-e', '-c', [identity, ...lines].join('\n'))
  assert.is(code, 0, output)
  assert.match(output, /balance leastconn/)
  assert.match(output, /web\d www/)
  assert.match(output, /failed-over +0 /)
  assert.match(output, /-# by hand/)
  assert.match(output, /drift +\d+ s ago, repaired: file \/etc\/haproxy\/haproxy\.cfg/)
})

step('every verb of README runs', () => {
  const verbs = new Set([...readme.matchAll(/`evenkeel ([^`]+)`/g)].map(([, words = '']) => words))
  assert.ok(verbs.size >= 8)
  /** What a person would put in their place. */
  const release = '/var/lib/evenkeel/releases/$(ls /var/lib/evenkeel/releases | head -n 1)'
  const examples: Readonly<Record<string, readonly string[]>> = {
    inventory: ['inventory --host lb1', 'inventory --graph'],
    'inventory --host NAME': ['inventory --host lb1'],
    'validate DIR': [`validate ${release}`],
    'rollback [N or SHA]': ['rollback 1'],
    rollback: [],
    daemon: [],
    'accept SHA --reason TEXT': [],
    'accept SHA --reason "…"': [],
    'unquarantine SHA': [],
  }
  for (const words of [...verbs].flatMap((words) => examples[words] ?? [words])) {
    const script = `evenkeel ${words}`
    const { code, output } = call(lab, 'exec', 'lb1', '--', 'sh', '-c', script)
    assert.is(code, 0, `${script}\n${output}`)
  }
})

check('the lab has a help', () => assert.match(call(lab, '--help').output, /Usage: lab COMMAND/))

check('some of the tests run alone', () => {
  const { code, output } = call('test/run', 'roles/render', '--no-lab')
  assert.is(code, 0, output)
  assert.match(output, /\n\d+ passed, 0 failed\n$/)
})

step('nothing is left after --lab-down', () => {
  const { code, output } = call('./install.sh', '--lab-down')
  assert.is(code, 0, output)
  assert.is(traces(), '')
  assert.is(call('./install.sh', '--lab-down').code, 0, 'safe to run twice')
})

run()
