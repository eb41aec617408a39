import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { explainGit, hostOf } from '../../agent/source/explain-git.ts'
import { GitFailure } from '../../agent/source/git.ts'

/** What Git adds to each failure over ssh or a local path. */
const advice = `fatal: Could not read from remote repository.

Please make sure you have the correct access rights
and the repository exists.`

/** Address, what Git 2.39 and OpenSSH 9.2 print, what a person is told. */
const cases: readonly (readonly [string, string, string, RegExp])[] = [
  [
    'a name that does not resolve, https',
    'https://git.example.com/pair.git',
    "fatal: unable to access 'https://git.example.com/pair.git/': Could not resolve host: git.example.com",
    /^the name git\.example\.com cannot be resolved: .*DNS/,
  ],
  [
    'a name that does not resolve, ssh',
    'git@git.example.com:pair.git',
    `ssh: Could not resolve hostname git.example.com: Name or service not known\n${advice}`,
    /^the name git\.example\.com cannot be resolved/,
  ],
  [
    'nobody listens, ssh',
    'git@git.example.com:pair.git',
    `ssh: connect to host git.example.com port 22: Connection refused\n${advice}`,
    /^git\.example\.com refuses the connection/,
  ],
  [
    'nobody listens, https',
    'https://git.example.com/pair.git',
    "fatal: unable to access 'https://git.example.com/pair.git/': Failed to connect to git.example.com port 443 after 0 ms: Couldn't connect to server",
    /^git\.example\.com cannot be connected to/,
  ],
  [
    'no answer, ssh',
    'ssh://git@git.example.com/pair.git',
    `ssh: connect to host git.example.com port 22: Connection timed out\n${advice}`,
    /^git\.example\.com does not answer in time$/,
  ],
  [
    'no route',
    'ssh://git@git.example.com/pair.git',
    `ssh: connect to host git.example.com port 22: No route to host\n${advice}`,
    /^there is no route to git\.example\.com/,
  ],
  [
    'unknown host key',
    'ssh://git@git.example.com:2222/pair.git',
    `No ED25519 host key is known for [git.example.com]:2222 and you have requested strict checking.\r\nHost key verification failed.\r\n${advice}`,
    /host key of git\.example\.com is unknown here: .*ssh-keyscan git\.example\.com.*known_hosts$/,
  ],
  [
    'changed host key',
    'git@git.example.com:pair.git',
    `@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\nHost key verification failed.\n${advice}`,
    /host key of git\.example\.com has changed/,
  ],
  [
    'access denied, ssh',
    'git@git.example.com:pair.git',
    `git@git.example.com: Permission denied (publickey).\n${advice}`,
    /denies access: does it know the ssh key/,
  ],
  [
    'access denied, https',
    'https://git.example.com/pair.git',
    "fatal: could not read Username for 'https://git.example.com': terminal prompts disabled",
    /denies access: .*\.netrc.*machine git\.example\.com login/,
  ],
  [
    'forbidden',
    'https://git.example.com/pair.git',
    "fatal: unable to access 'https://git.example.com/pair.git/': The requested URL returned error: 403",
    /denies access/,
  ],
  [
    'no such repo, https',
    'https://git.example.com/pair.git',
    "fatal: repository 'https://git.example.com/pair.git/' not found",
    /^there is no such repo/,
  ],
  [
    'no such repo, ssh',
    'git@git.example.com:pair.git',
    `ERROR: Repository not found.\n${advice}`,
    /^there is no such repo/,
  ],
  [
    'no such repo, path',
    'file:///srv/pair.git',
    `fatal: '/srv/pair.git' does not appear to be a git repository\n${advice}`,
    /^there is no such repo/,
  ],
  [
    'an unknown CA',
    'https://git.example.com/pair.git',
    "fatal: unable to access 'https://git.example.com/pair.git/': server certificate verification failed. CAfile: none CRLfile: none",
    /^the TLS certificate of git\.example\.com is not trusted/,
  ],
  [
    'a server in trouble',
    'https://git.example.com/pair.git',
    "fatal: unable to access 'https://git.example.com/pair.git/': The requested URL returned error: 502",
    /answers with HTTP status 502/,
  ],
  [
    'a repo of another user',
    'file:///srv/pair.git',
    `fatal: detected dubious ownership in repository at '/srv/pair.git'\n${advice}`,
    /safe\.directory \/srv\/pair\.git/,
  ],
  [
    'no Git',
    '/srv/pair.git',
    'prlimit: failed to execute git: No such file',
    /^git is not installed/,
  ],
  [
    'a full disk',
    '/srv/pair.git',
    'fatal: write error: No space left on device\nfatal: fetch-pack: invalid index-pack output',
    /^the disk .* is full/,
  ],
  [
    'an object that is at fault',
    '/srv/pair.git',
    "error: object 8c73: hasDotgit: contains '.git'\nfatal: fsck error in packed object\nfatal: fetch-pack: invalid index-pack output",
    /Git's own check refuses \(error: object 8c73: hasDotgit/,
  ],
  [
    'a repo above the limit',
    '/srv/pair.git',
    'fatal: fetch-pack: invalid index-pack output',
    /more than 512 MiB/,
  ],
]
for (const [name, repo, printed, clause] of cases) {
  test(`explains ${name}`, () => {
    const explanation = explainGit(new GitFailure(printed), repo)
    assert.match(explanation.clause, clause)
    assert.is(explanation.isOutside, true)
  })
}

test('what is not known is told in the words of Git, without its advice', () => {
  const failure = new GitFailure(`warning: noise\n${advice}\nfatal: the moon is full`)
  assert.equal(explainGit(failure, 'git@h:p'), {
    clause: 'git says: the moon is full',
    isOutside: false,
  })
})

test('a command that overran its time names the setting', () => {
  const { clause } = explainGit(new GitFailure('', 'timed out'), 'git@git.example.com:pair.git')
  assert.match(clause, /^git\.example\.com does not answer in time \(timeout in agent\.yml\)/)
})

const hosts: readonly (readonly [string, string])[] = [
  ['https://git.example.com:8443/a', 'git.example.com'],
  ['ssh://git@[2001:db8::1]:22/a', '2001:db8::1'],
  ['git@git.example.com:a', 'git.example.com'],
  ['file:///srv/a', 'the repo'],
  ['/srv/a:b', 'the repo'],
]
for (const [repo, host] of hosts) {
  test(`the host of ${repo} is ${host}`, () => {
    assert.is(hostOf(repo), host)
  })
}

test.run()
