import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { readConfig, unknownContext } from '../../../agent/programs/haproxy/config.ts'
import { findSharedBinds } from '../../../agent/programs/haproxy/shared-binds.ts'
import { sharedBindCases, toConfig } from './shared-binds-cases.ts'

const find = (...texts: readonly string[]) =>
  findSharedBinds(
    readConfig(
      texts.map((text, index) => ({ path: `/etc/haproxy/${index}.cfg`, text })),
      unknownContext,
    ),
  )

for (const one of sharedBindCases) {
  test(one.name, () => {
    const found = find(toConfig(one))
    assert.equal(
      found.map(({ outcome }) => outcome),
      one.outcomes,
    )
  })
}

const texts: readonly (readonly [string, string, readonly string[]])[] = [
  [
    'the file of a unix socket',
    'frontend a\nbind /run/a.sock\nfrontend b\nbind unix@/run/a.sock\n',
    ['replaced'],
  ],
  [
    'the admin socket, and a frontend below the prefix',
    'global\nstats socket /run/a.sock\nunix-bind prefix /run\nfrontend a\nbind /a.sock\n',
    ['replaced'],
  ],
  ['a descriptor from elsewhere', 'frontend a\nbind fd@3\nfrontend b\nbind fd@3\n', []],
  ['TCP and UDP', 'frontend a\nbind *:514\nlog-forward b\ndgram-bind *:514\n', []],
  ['TCP and QUIC', 'frontend a\nbind *:443 ssl\nbind quic4@*:443 ssl\n', []],
  [
    'two for logs',
    'log-forward a\ndgram-bind *:514\nlog-forward b\ndgram-bind *:514\n',
    ['shared'],
  ],
  ['another namespace', 'frontend a\nbind *:80\nfrontend b\nbind *:80 namespace dmz\n', []],
  ['one that is disabled', 'frontend a\nbind *:80\nfrontend b\ndisabled\nbind *:80\n', []],
  [
    'branches of which only one counts',
    'frontend a\n.if defined(X)\nbind *:80\n.else\nbind *:80 accept-proxy\n.endif\n',
    [],
  ],
  ['the same variable', 'frontend a\nbind "$VIP:80"\nfrontend b\nbind "$VIP:80"\n', ['shared']],
]

for (const [name, text, expected] of texts) {
  test(name, () => {
    assert.equal(
      find(text).map(({ outcome }) => outcome),
      expected,
    )
  })
}

test('in two files', () => {
  const [found] = find('frontend a\nbind *:80\n', 'frontend b\nbind *:80\n')
  assert.is(found?.first.line.file, '/etc/haproxy/0.cfg')
  assert.is(found?.second.line.file, '/etc/haproxy/1.cfg')
})

test.run()
