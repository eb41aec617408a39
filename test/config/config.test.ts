import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { loadConfig, parseConfig } from '../../agent/config/config.ts'
import { UsageError } from '../../agent/system/errors.ts'

const file = '/etc/evenkeel/agent.yml'

function faultOf(content: string): string {
  try {
    parseConfig(content, file)
  } catch (error) {
    if (error instanceof UsageError) return error.message
    throw error
  }
  throw new Error('it was accepted')
}

test('a line is enough: the rest has defaults', () => {
  const config = parseConfig('repo: git@git.example.com:ops/pair.git\n', file)
  assert.equal(config, {
    repo: 'git@git.example.com:ops/pair.git',
    branch: 'main',
    tag: null,
    verify: null,
    address: 'own',
    timeout: 60,
    schedule: '* * * * *',
    splay: 60,
    onDrift: 'repair',
    watch: 'normal',
    bothDown: 'keep',
    notify: null,
  })
})

test('all keys are read', () => {
  const text =
    'repo: /srv/pair.git\nbranch: "1.0"\nnode: lb1.example.com\ntimeout: 5\nschedule: "*/2 * * * * *"\nsplay: 0\non_drift: report\nwatch: aggressive\nboth_down: release\n'
  assert.equal(parseConfig(text, file), {
    repo: '/srv/pair.git',
    branch: '1.0',
    tag: null,
    verify: null,
    node: 'lb1.example.com',
    address: 'own',
    timeout: 5,
    schedule: '*/2 * * * * *',
    splay: 0,
    onDrift: 'report',
    watch: 'aggressive',
    bothDown: 'release',
    notify: null,
  })
})

test('who is trusted, and tags', () => {
  const text =
    "repo: /srv/pair.git\ntag: 'v*'\nverify:\n  allowed_signers: /etc/evenkeel/signers\n  revoked_keys: /etc/evenkeel/revoked\n"
  const { tag, verify } = parseConfig(text, file)
  assert.is(tag, 'v*')
  assert.equal(verify, {
    allowedSigners: '/etc/evenkeel/signers',
    revokedKeys: '/etc/evenkeel/revoked',
    gpgKeys: null,
  })
})

test('a word that YAML reads as a truth value', () => {
  assert.is(parseConfig('repo: /srv/pair.git\nwatch: off\n', file).watch, 'off')
})

const repo = 'repo: /srv/pair.git'

/** What is in the file, and what a person is told. */
const faults: readonly (readonly [string, string, RegExp])[] = [
  ['nothing', '', /^\/etc\/evenkeel\/agent\.yml: repo is missing: add a line such as "repo: /],
  ['only comments', '# later\n', /repo is missing/],
  ['no repo', 'branch: main\n', /repo is missing/],
  ['a list', '- repo\n', /agent\.yml: must hold keys and values/],
  ['a word', 'repo\n', /must hold keys and values/],
  [
    'a misspelt key',
    `${repo}\nbrnach: main\n`,
    /^\/etc\/evenkeel\/agent\.yml:2 brnach: unknown key; did you mean "branch"\?$/,
  ],
  [
    'a key of a later version',
    `# x\n${repo}\nmaintenance: yes\n`,
    /agent\.yml:3 maintenance: unknown key; there are: repo, branch, tag, verify, node, address, timeout, schedule, splay, on_drift, watch, both_down, notify$/,
  ],
  ['a key twice', `${repo}\n${repo}\n`, /agent\.yml:2/],
  ['no schedule', `${repo}\nschedule: hourly\n`, /agent\.yml:2 schedule: is no schedule: write/],
  ['a list as schedule', `${repo}\nschedule: [1]\n`, /agent\.yml:2 schedule: expected five or six/],
  ['a splay of a day', `${repo}\nsplay: 86400\n`, /splay: expected a number of seconds from 0 to/],
  ['another policy', `${repo}\nwatch: on\n`, /watch: expected normal, aggressive or off, got true/],
  [
    'a policy that there is not',
    `${repo}\non_drift: ignore\n`,
    /on_drift: expected repair or report, got "ign/,
  ],
  ['a tab', `${repo}\n\tbranch: main\n`, /agent\.yml:2/],
  [
    'a branch that is a number',
    `${repo}\nbranch: 1.0\n`,
    /agent\.yml:2 branch: expected .*quotes.*, got 1$/,
  ],
  [
    'a node that is a truth value',
    `${repo}\nnode: on\n`,
    /agent\.yml:2 node: expected .*, got true$/,
  ],
  ['a node with a space', `${repo}\nnode: lb 1\n`, /agent\.yml:2 node: is no name of a host/],
  ['an empty branch', `${repo}\nbranch:\n`, /agent\.yml:2 branch: expected .*, got null$/],
  [
    'a timeout with a unit',
    `${repo}\ntimeout: 60s\n`,
    /timeout: expected a number of seconds from 1 to 3600, got "60s"$/,
  ],
  ['no time at all', `${repo}\ntimeout: 0\n`, /timeout: expected a number .*, got 0$/],
  ['half a second', `${repo}\ntimeout: 0.5\n`, /timeout: expected/],
  ['more than an hour', `${repo}\ntimeout: 3601\n`, /timeout: expected/],
  [
    'a branch like an option',
    `${repo}\nbranch: --all\n`,
    /agent\.yml:2 branch: "--all" cannot be the name/,
  ],
  [
    'an unsafe repo',
    'repo: http://git.example.com/x\n',
    /agent\.yml:1 repo: http:\/\/ is not supported: write https:/,
  ],
  [
    'a webhook by another way',
    `${repo}\nnotify:\n  url: ftp://a\n`,
    /agent\.yml:3 notify\.url: expected the address of a webhook/,
  ],
  [
    'a webhook in the wrong place, whose address is its password',
    `${repo}\nnotify: https://chat.example.com/hook/s3cret\n`,
    /agent\.yml:2 notify: expected url, command and hold, a line each below it, got a string$/,
  ],
  [
    'a command as a text',
    `${repo}\nnotify:\n  command: page lb\n`,
    /agent\.yml:3 notify\.command: expected a program .* list.*, got "page lb"$/,
  ],
  [
    'a command that is empty',
    `${repo}\nnotify:\n  command: []\n`,
    /agent\.yml:3 notify\.command: expected a program/,
  ],
  [
    'an argument that is a number',
    `${repo}\nnotify:\n  command: [page, 1]\n`,
    /agent\.yml:3 notify\.command/,
  ],
  [
    'a hold in words',
    `${repo}\nnotify: {url: "http://a", hold: 30m}\n`,
    /agent\.yml:2 notify\.hold: expected a number of minutes from 1 to 1440, got "30m"$/,
  ],
  [
    'people whom nothing tells',
    `${repo}\nnotify:\n  hold: 5\n`,
    /agent\.yml:2 notify: tells nobody: add url or command/,
  ],
  [
    'a typo below notify',
    `${repo}\nnotify:\n  url: http://a\n  comand: [x]\n`,
    /agent\.yml:4 notify\.comand: unknown key; did you mean "command"\?$/,
  ],
  [
    'an empty notify',
    `${repo}\nnotify:\n`,
    /agent\.yml:2 notify: expected url, command and hold, .*, got null$/,
  ],
  [
    'a tag beside a branch',
    `${repo}\ntag: v1\nbranch: main\n`,
    /agent\.yml:2 tag: excludes branch: keep one of them$/,
  ],
  ['a tag like an option', `${repo}\ntag: -d\n`, /agent\.yml:2 tag: "-d" cannot name tags/],
  ['a tag with two stars', `${repo}\ntag: 'v*.*'\n`, /agent\.yml:2 tag: .* more than one \*/],
  ['verify without a key', `${repo}\nverify:\n`, /agent\.yml:2 verify: expected keys such as/],
  ['verify with no keys', `${repo}\nverify: {}\n`, /agent\.yml:2 verify: names no keys: add/],
  [
    'revoked keys alone',
    `${repo}\nverify:\n  gpg_keys: /a\n  revoked_keys: /b\n`,
    /agent\.yml:\d verify: revoked_keys goes with allowed_signers/,
  ],
  [
    'a misspelt key of verify',
    `${repo}\nverify:\n  gpg_keys: /a\n  alowed_signers: /b\n`,
    /agent\.yml:4 verify\.alowed_signers: unknown key; did you mean "allowed_signers"\?$/,
  ],
  [
    'keys in a relative path',
    `${repo}\nverify:\n  gpg_keys: keys.asc\n`,
    /agent\.yml:3 verify\.gpg_keys: must be an absolute path$/,
  ],
  [
    'keys that are no path',
    `${repo}\nverify:\n  gpg_keys: [a]\n`,
    /agent\.yml:3 verify\.gpg_keys: expected the path of a file that "gpg --export" has written/,
  ],
  ['an empty repo', 'repo: ""\n', /agent\.yml:1 repo: expected the address .*, got ""$/],
]
for (const [name, text, message] of faults) {
  test(`${name} is refused`, () => {
    assert.match(faultOf(text), message)
  })
}

test('people are told through a webhook, a command, or both', () => {
  const of = (lines: string): unknown => parseConfig(`${repo}\nnotify:\n${lines}`, file).notify
  const url = 'https://chat.example.com/hook?key=1'
  assert.equal(of(`  url: ${url}\n`), { url, command: null, hold: 1_800_000 })
  assert.equal(of('  command: [/bin/page, lb]\n  hold: 5\n'), {
    url: null,
    command: ['/bin/page', 'lb'],
    hold: 300_000,
  })
})

test('everything that is wrong is told at once', () => {
  const lines = faultOf('repo: 7\nbrnach: x\ntimeout: soon\n').split('\n')
  assert.is(lines.length, 3)
})

test('a missing file is told with what to write', async () => {
  const error: unknown = await loadConfig(file, { readFile: () => Promise.resolve(null) }).catch(
    (error: unknown) => error,
  )
  assert.instance(error, UsageError)
  assert.match(String(error), /there is no \/etc\/evenkeel\/agent\.yml: create it with .*"repo: /)
})

test('the file is read', async () => {
  const content = new TextEncoder().encode(repo)
  const config = await loadConfig(file, { readFile: () => Promise.resolve(content) })
  assert.is(config.repo, '/srv/pair.git')
})

test.run()
