import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { branchFault, repoFault } from '../../agent/source/source-config.ts'

const goodRepos = [
  'https://git.example.com/ops/pair.git',
  'https://git.example.com:8443/ops/pair',
  'https://[2001:db8::1]/ops/pair',
  'ssh://git@git.example.com/ops/pair.git',
  'ssh://git.example.com:2222/ops/pair.git',
  'git@git.example.com:ops/pair.git',
  'git.example.com:/srv/pair.git',
  'git@[::1]:ops/pair.git',
  '[2001:db8::1]:/srv/pair.git',
  'git@[git.example.com:2222]:ops/pair.git',
  'file:///srv/pair.git',
  '/srv/pair.git',
]
for (const repo of goodRepos) {
  test(`${repo} may be fetched from`, () => {
    assert.is(repoFault(repo), null)
  })
}

const badRepos: readonly (readonly [string, RegExp])[] = [
  ['http://git.example.com/pair.git', /^http:\/\/ is not supported/],
  ['git://git.example.com/pair.git', /^git:\/\/ is not supported/],
  ['HTTPS://git.example.com/pair.git', /^HTTPS:\/\/ is not supported/],
  ['ext::sh -c true', /spaces/],
  ['ext::sh', /not the address/],
  ['fd::17/x', /not the address/],
  ['-oProxyCommand=x', /not the address/],
  ['-oProxyCommand=x:y', /not the address/],
  ['git@host:-x', /not the address/],
  ['git@[::1]:-x', /not the address/],
  ['git@[-oProxyCommand=x]:y', /not the address/],
  ['git@::1:x', /not the address/],
  ['ssh://-oProxyCommand=x/pair', /no valid host/],
  ['ssh://git@/pair', /no valid host/],
  ['https://git.example.com', /names no repo/],
  ['file://host/srv/pair.git', /file has none/],
  ['../pair', /not the address/],
  ['', /not the address/],
  [
    'https://ci:s3cret@git.example.com:8443/pair.git',
    /"machine git\.example\.com login USER password SECRET"$/,
  ],
  ['https://t0ken@git.example.com/pair.git', /\.netrc/],
  ['ssh://git:s3cret@git.example.com/pair.git', /use a key/],
]
for (const [repo, fault] of badRepos) {
  test(`"${repo}" is refused`, () => {
    const said = repoFault(repo) ?? ''
    assert.match(said, fault)
    assert.not.match(said, /s3cret|t0ken/)
  })
}

for (const branch of ['main', 'release/2.4', 'a-b_c', 'füße', '1.0', 'a@b']) {
  test(`${branch} is a branch`, () => {
    assert.is(branchFault(branch), null)
  })
}

const badBranches = [
  '',
  '-b',
  '--upload-pack=x',
  'a..b',
  'a b',
  'a~1',
  'a^',
  'a:b',
  'a*',
  'a?',
  'a[',
  'a\\b',
  '/a',
  'a/',
  'a//b',
  '.a',
  'a/.b',
  'a.',
  'a.lock',
  'a.lock/b',
  'a@{1}',
  '@',
  'HEAD',
  'a\tb',
  'refs/heads/main',
]
for (const branch of badBranches) {
  test(`"${branch}" is no branch`, () => {
    assert.type(branchFault(branch), 'string')
  })
}

test.run()
