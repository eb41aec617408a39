import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { formatClosing, formatResult } from '../../../agent/cli/format/format-report.ts'
import { warn } from '../../../agent/diagnostics/warning.ts'
import type { Report, Result } from '../../../agent/report/report.ts'

const plain = { diff: false, verbose: false, color: false }
const result: Result = {
  role: 'haproxy',
  task: 'Write the configuration',
  resource: 'file /etc/haproxy/haproxy.cfg',
  type: 'task',
  status: 'changed',
  changes: [
    { field: 'mode', before: '0644', after: '0640' },
    { field: 'content', before: 'a\nb\nc\nd\n', after: 'a\nb\nx\nd\n' },
  ],
  notes: [],
  duration: 12.4,
}

test('a change is told shortly', () => {
  assert.is(
    formatResult(result, plain),
    [
      'TASK [haproxy : Write the configuration]',
      'changed: file /etc/haproxy/haproxy.cfg (12 ms)',
      '  mode: 0644 → 0640',
      '  content: 1 line added, 1 removed',
      '',
    ].join('\n'),
  )
})

test('with --diff, contents are shown as a unified diff', () => {
  const lines = (formatResult(result, { ...plain, diff: true }) ?? '').split('\n')
  assert.equal(lines.slice(4, -1), [
    '    @@ -1,4 +1,4 @@',
    '     a',
    '     b',
    '    -c',
    '    +x',
    '     d',
  ])
})

test('a missing value is said to be none', () => {
  const changes = [{ field: 'state', before: null, after: 'file', note: 'why' }]
  assert.match(formatResult({ ...result, changes }, plain) ?? '', '  state: (none) → file  (why)')
})

test('what is in sync is shown with -v alone, unless there is a note', () => {
  const quiet = { ...result, status: 'ok', changes: [] } as const
  assert.is(formatResult(quiet, plain), null)
  assert.match(formatResult(quiet, { ...plain, verbose: true }) ?? '', 'ok: file')
  assert.match(formatResult({ ...quiet, notes: ['beware'] }, plain) ?? '', '  note: beware')
})

test('colors are there when asked for, and only then', () => {
  assert.match(formatResult(result, { ...plain, color: true }) ?? '', '\u001B[33mchanged')
  assert.not.match(formatResult(result, plain) ?? '', '\u001B')
})

const report: Report = {
  node: 'lb1',
  mode: 'converge',
  commit: 'c'.repeat(40),
  subject: 's',
  startedAt: '2024-01-01T00:00:00Z',
  duration: 1234,
  outcome: 'converged',
  results: [result, { ...result, status: 'ok' }],
  warnings: [warn('remote-unreachable', 'the remote is slow')],
  problems: [],
  message: 'lb1 was brought in line.',
  exitCode: 0,
}

test('the closing has warnings, the recap and the sentence', () => {
  assert.is(
    formatClosing(report, plain),
    'warning: the remote is slow\nRECAP [lb1] : ok=1 changed=1 failed=0 skipped=0 (1.2 s)\nlb1 was brought in line.',
  )
})

test('a run that was broken off has no recap', () => {
  assert.is(formatClosing({ ...report, results: [], warnings: [], message: 'no' }, plain), 'no')
})

test.run()
