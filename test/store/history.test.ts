import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { formatHistory } from '../../agent/cli/format/format-history.ts'
import { warn } from '../../agent/diagnostics/warning.ts'
import type { Report, Result } from '../../agent/report/report.ts'
import {
  appendDeed,
  appendHistory,
  readHistory,
  readLastRun,
  shorten,
  toHistoryEntry,
} from '../../agent/store/history.ts'
import type { HistoryEntry } from '../../agent/store/history.ts'
import { createFiles } from '../../agent/system/files.ts'

const folder = mkdtempSync(join(tmpdir(), 'evenkeel-history-'))
const file = join(folder, 'history.jsonl')
const node = { paths: { state: folder }, system: createFiles() }

test.before.each(() => rmSync(file, { force: true }))
test.after(() => rmSync(folder, { recursive: true, force: true }))

const result: Result = {
  role: 'haproxy',
  task: 'Write the configuration',
  resource: 'copy /etc/haproxy/haproxy.cfg',
  type: 'task',
  status: 'changed',
  changes: [
    { field: 'content', before: 'old s3cret', after: 'new s3cret' },
    { field: 'mode', before: '0644', after: '0640' },
  ],
  notes: [],
  duration: 3,
}

const report: Report = {
  node: 'lb1',
  mode: 'converge',
  commit: 'abcdef0123456789abcdef0123456789abcdef01',
  subject: 'Change the pair',
  startedAt: '2024-01-02T12:03:11.042Z',
  duration: 2149.6,
  outcome: 'converged',
  results: [result, { ...result, resource: 'service haproxy', status: 'ok', changes: [] }],
  warnings: [warn('peer-key', 'one'), warn('peer-key', 'two')],
  problems: [{ place: { file: 'x' }, message: 'no', code: 'peer-is-self' }],
  message: 'lb1 is in line',
  exitCode: 0,
}

const entry: HistoryEntry = {
  id: '20240102120311042',
  at: '2024-01-02T12:03:11.042Z',
  node: 'lb1',
  commit: report.commit,
  mode: 'converge',
  outcome: 'converged',
  durationMs: 2150,
  counts: { ok: 1, changed: 1, failed: 0, skipped: 0 },
  changes: [{ resource: 'copy /etc/haproxy/haproxy.cfg', fields: ['content', 'mode'] }],
  message: 'lb1 is in line',
  codes: ['peer-key', 'peer-is-self'],
}

test('an entry names what changed, and no value', () => {
  assert.equal(toHistoryEntry(report), entry)
  assert.not.match(JSON.stringify(toHistoryEntry(report)), /s3cret/)
})

test('what failed is named, too', () => {
  const failed = { ...report, results: [{ ...result, status: 'failed' as const, changes: [] }] }
  assert.equal(toHistoryEntry(failed).changes, [{ resource: result.resource, fields: [] }])
})

test('runs are read back in their order, the last ones', async () => {
  assert.equal(await readHistory(node, 10), [])
  for (const message of ['one', 'two', 'three']) await appendHistory({ ...report, message }, node)
  const read = await readHistory(node, 2)
  assert.equal(
    read.map(({ message }) => message),
    ['two', 'three'],
  )
  assert.equal(read[0], { ...entry, message: 'two' })
  assert.is(statSync(file).mode & 0o777, 0o600)
})

test('a line of a version that knew no codes is read', async () => {
  const { codes: _, ...old } = entry
  writeFileSync(file, `${JSON.stringify(old)}\n`)
  assert.equal(await readHistory(node, 1), [{ ...entry, codes: [] }])
})

test('a message of several lines stays one line of the file', async () => {
  await appendHistory({ ...report, message: 'one\ntwo' }, node)
  assert.is(readFileSync(file, 'utf8').split('\n').length, 2)
})

test('a last line that a crash cut short spoils neither the others nor the next', async () => {
  await appendHistory({ ...report, message: 'one' }, node)
  appendFileSync(file, '{"id":"20240102","at":"2024-')
  assert.is((await readHistory(node, 10)).length, 1)
  await appendHistory({ ...report, message: 'two' }, node)
  const read = await readHistory(node, 10)
  assert.equal(
    read.map(({ message }) => message),
    ['one', 'two'],
  )
})

test('the file is shortened once it holds a thousand runs', async () => {
  const lines = Array.from({ length: 999 }, (_, i) => ({ ...entry, message: String(i) }))
  writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
  await appendHistory({ ...report, message: '999' }, node)
  assert.is((await readHistory(node, 5000)).length, 1000)
  await appendHistory({ ...report, message: '1000' }, node)
  const read = await readHistory(node, 5000)
  assert.is(read.length, 900)
  assert.is(read.at(-1)?.message, '1000')
  assert.is(read[0]?.message, '101')
})

test('runs that found nothing to do go first, the oldest of them', () => {
  const outcomes = ['in-sync', 'converged', 'in-sync', 'failed', 'in-sync', 'in-sync'] as const
  const lines = outcomes.map((outcome, id) => ({ id, entry: { outcome } }))
  const ids = (kept: number): readonly number[] => shorten(lines, kept).map(({ id }) => id)
  assert.equal(ids(6), [0, 1, 2, 3, 4, 5])
  assert.equal(ids(5), [1, 2, 3, 4, 5])
  assert.equal(ids(3), [1, 3, 5])
  assert.equal(ids(2), [1, 3])
  assert.equal(ids(1), [3])
})

test('the table is told in the time of the node', () => {
  process.env['TZ'] = 'Europe/Berlin'
  const entries: readonly HistoryEntry[] = [
    { ...entry, outcome: 'in-sync', counts: { ...entry.counts, changed: 0 }, durationMs: 840 },
    {
      ...entry,
      at: '2024-07-02T22:30:00.000Z',
      commit: null,
      outcome: 'refused',
      counts: { ...entry.counts, changed: 12 },
      durationMs: 75_000,
      message: 'hosts.yml:3 a: no\nhosts.yml:4 b: no',
    },
  ]
  assert.is(
    formatHistory(entries),
    [
      'WHEN                 COMMIT    OUTCOME  CHANGED   TOOK  MESSAGE',
      '2024-01-02 13:03:11  abcdef01  in-sync        0  0.8 s  lb1 is in line',
      '2024-07-03 00:30:00  -         refused       12   75 s  hosts.yml:3 a: no (and 1 more)',
      '',
    ].join('\n'),
  )
})

test('no run is told in words', () => {
  assert.is(formatHistory([]), 'no run so far\n')
})

test('a deed of the watch is in the history, and is no run', async () => {
  assert.is(await readLastRun(node), null)
  await appendHistory(report, node)
  const deed: HistoryEntry = {
    ...entry,
    id: '2',
    mode: 'watch',
    outcome: 'failed-over',
    commit: null,
  }
  await appendDeed(deed, node.paths)
  assert.equal(await readHistory(node, 10), [entry, deed])
  assert.equal(await readLastRun(node), entry)
})

test('a scheduled run that says the same again is left out, one of a person is not', async () => {
  const inSync: Report = { ...report, outcome: 'in-sync', results: [], message: 'nothing to do' }
  await appendHistory(report, node, 'schedule')
  await appendHistory(inSync, node, 'schedule')
  await appendHistory(inSync, node, 'schedule')
  await appendHistory(inSync, node, 'drift')
  assert.is((await readHistory(node, 10)).length, 2)
  await appendHistory(inSync, node, 'person')
  await appendHistory({ ...inSync, message: 'of another commit' }, node, 'schedule')
  assert.is((await readHistory(node, 10)).length, 4)
})

test('the same repair twice is news twice', async () => {
  await appendHistory(report, node, 'drift')
  await appendHistory(report, node, 'drift')
  assert.is((await readHistory(node, 10)).length, 2)
})

test.run()
