/** Functions of install.sh that need no node. The whole of it is tested in the lab. */
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

const installer = join(import.meta.dirname, '../install.sh')
const folder = mkdtempSync(join(tmpdir(), 'evenkeel-install-'))
const config = join(folder, 'agent.yml')
/** What the installer has worked out before it writes anything. */
const temporary = join(folder, 'temporary')
mkdirSync(temporary)
writeFileSync(join(temporary, 'agent.yml'), 'repo: x\n')

/** All but the last line, which starts it; agent.yml in a folder of our own. */
const functions = `source <(sed '$d' ${installer}); CONFIG=${config} TEMP=${temporary};`

function call(script: string): string {
  return execFileSync('bash', ['--norc', '-c', `${functions} ${script}`], {
    encoding: 'utf8',
  }).trim()
}

/** @returns the exit code, and what it said */
function parse(...flags: readonly string[]): readonly [number | null, string] {
  const argv = [
    '--norc',
    '-c',
    `${functions} parse_arguments "$@"; echo "$BRANCH"`,
    'install.sh',
    ...flags,
  ]
  const { status, stdout, stderr } = spawnSync('bash', argv, { encoding: 'utf8' })
  return [status, stdout + stderr]
}

const logins: readonly (readonly [string, string])[] = [
  ['https://bob:hunter2@git.example.com/x.git', 'https://********@git.example.com/x.git'],
  ['https://token@git.example.com/x.git', 'https://********@git.example.com/x.git'],
  ['ssh://git:hunter2@git.example.com/x', 'ssh://git:********@git.example.com/x'],
  ['ssh://git@git.example.com/x', 'ssh://git@git.example.com/x'],
  ['git@git.example.com:x', 'git@git.example.com:x'],
]
for (const [address, shown] of logins) {
  test(`what is said of ${address} has no password`, () => {
    assert.is(call(`shown '${address}'`), shown)
  })
}

test('an address that is refused is said without its password', () => {
  const [code, said] = parse('--repo', 'ftp://bob:hunter2@git.example.com/x', '--node', 'lb1')
  assert.is(code, 64, said)
  assert.match(said, '--repo ftp://bob:********@git.example.com/x')
})

const branches: readonly (readonly [string, number])[] = [
  ['main', 0],
  ['release/1.2+x@y', 0],
  ["main'\nverify: no", 64],
  ['main\nverify: no', 64],
  ["it's", 64],
  ['a"b', 64],
  ['a b', 64],
  ['a\u0007b', 64],
]
for (const [branch, expected] of branches) {
  test(`--branch ${JSON.stringify(branch)} ends with ${expected}`, () => {
    const [code, said] = parse(
      '--repo',
      'git@git.example.com:x',
      '--node',
      'lb1',
      '--branch',
      branch,
    )
    assert.is(code, expected, said)
  })
}

const modes: readonly (readonly [number | null, string])[] = [
  [null, '600'],
  [0o644, '600'],
  [0o640, '600'],
  [0o600, '600'],
  [0o400, '400'],
]
for (const [before, after] of modes) {
  test(`agent.yml is ${after} after ${before === null ? 'nothing' : before.toString(8)}`, () => {
    if (before === null) assert.throws(() => statSync(config))
    else {
      writeFileSync(config, 'repo: x\n')
      chmodSync(config, before)
    }
    assert.is(call('CONFIG_CHANGES= && put_file() { echo "$2"; } && install_config'), after)
  })
}

test.run()
