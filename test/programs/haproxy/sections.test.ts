import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { unknownContext } from '../../../agent/programs/haproxy/config.ts'
import { readSections } from '../../../agent/programs/haproxy/sections.ts'

/** Sections as `frontend a`, with what is known of their state: off, on, or ?. */
const cases: Readonly<Record<string, readonly [lines: readonly string[], expected: string]>> = {
  'anywhere in a section': [
    ['frontend a', 'disabled', 'bind :80', 'frontend b', 'bind :81'],
    'frontend a off, frontend b on',
  ],
  'the last word counts': [
    ['backend a', 'disabled', 'enabled', 'backend b', 'enabled', 'disabled'],
    'backend a on, backend b off',
  ],
  'peers have a state, and end the section before': [
    ['frontend a', 'bind :80', 'peers p', 'disabled', 'peers q'],
    'frontend a on, peers p off, peers q on',
  ],
  'what proxies inherit': [
    ['defaults', 'disabled', 'listen a', 'listen b', 'enabled', 'defaults', 'listen c'],
    'defaults  off, listen a off, listen b on, defaults  on, listen c on',
  ],
  'by name': [
    ['defaults x', 'disabled', 'defaults y from x', 'defaults z', 'listen a from y', 'listen b'],
    'defaults x off, defaults y off, defaults z on, listen a off, listen b on',
  ],
  'without a name': [
    ['defaults x', 'disabled', 'defaults from x'],
    'defaults x off, defaults  off',
  ],
  'a section that depends on haproxy': [
    ['frontend a', '.if feature(X)', 'disabled', '.endif', 'frontend b'],
    'frontend a ?, frontend b on',
  ],
  'either way the same': [
    ['frontend a', 'disabled', '.if feature(X)', 'disabled', '.endif'],
    'frontend a off',
  ],
  'alternatives that are one': [
    ['frontend a', '.if feature(X)', 'disabled', '.else', 'enabled', '.endif'],
    'frontend a ?',
  ],
  'what is certain behind it counts': [
    ['frontend a', '.if feature(X)', 'disabled', '.endif', 'enabled'],
    'frontend a on',
  ],
  'a heading that depends on haproxy': [
    ['frontend a', '.if feature(X)', 'frontend b', '.endif', 'disabled', 'frontend c'],
    'frontend a ?, frontend b ?, frontend c on',
  ],
  'defaults that depend on haproxy': [
    ['defaults', '.if feature(X)', 'defaults', 'disabled', '.endif', 'frontend a'],
    'defaults  ?, defaults  ?, frontend a ?',
  ],
  'every section that haproxy knows': [
    (
      'global defaults resolvers r,mailers m,userlist u,namespace_list,cache c,http-errors h,' +
      'fcgi-app f,ring i,log-forward l,program p,crt-store s,log-profile o,traces,acme e,healthcheck k'
    )
      .replace(' defaults', ',defaults')
      .replace('defaults ', 'defaults,')
      .split(','),
    'global  on, defaults  on, resolvers r on, mailers m on, userlist u on, namespace_list  on, cache c on, http-errors h on, fcgi-app f on, ring i on, log-forward l on, program p on, crt-store s on, log-profile o on, traces  on, acme e on, healthcheck k on',
  ],
}
for (const [name, [lines, expected]] of Object.entries(cases)) {
  test(name, () => {
    const sections = readSections([{ path: 'a.cfg', text: lines.join('\n') }], unknownContext)
    const shown = sections.map(({ keyword, name, isDisabled }) => {
      const state = isDisabled === null ? '?' : isDisabled ? 'off' : 'on'
      return `${keyword} ${name} ${state}`
    })
    assert.is(shown.join(', '), expected)
  })
}

test('a line knows its file and number, and what it depends on', () => {
  const files = [
    { path: 'a.cfg', text: 'frontend a\n# x\n bind :80\n' },
    { path: 'b.cfg', text: '.if feature(X)\n bind :81\n.endif\nfrontend b\n' },
  ]
  const lines = readSections(files, unknownContext).flatMap(({ heading, lines }) => [
    heading,
    ...lines,
  ])
  assert.equal(
    lines.map(({ file, line, words, isCertain }) => [file, line, words.join(' '), isCertain]),
    [
      ['a.cfg', 1, 'frontend a', true],
      ['a.cfg', 3, 'bind :80', true],
      ['b.cfg', 2, 'bind :81', false],
      ['b.cfg', 4, 'frontend b', true],
    ],
  )
})

test.run()
