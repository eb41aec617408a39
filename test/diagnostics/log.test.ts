import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { createLog } from '../../agent/diagnostics/log.ts'

const now = (): number => Date.parse('2024-01-02T03:04:05Z')

test('one JSON object a line, with the priority in front for journald', () => {
  const lines: string[] = []
  const log = createLog((line) => lines.push(line), now, { least: 'info', forJournal: true })
  log('error', 'run ended', { exit: 3, sentence: 'a\nb' })
  log('debug', 'run ended')
  assert.equal(lines, [
    '<3>{"ts":"2024-01-02T03:04:05.000Z","level":"error","msg":"run ended","exit":3,"sentence":"a\\nb"}\n',
  ])
})

test('without journald, nothing but JSON', () => {
  const lines: string[] = []
  const log = createLog((line) => lines.push(line), now, { least: 'debug', forJournal: false })
  log('debug', 'm')
  assert.equal(JSON.parse(lines.join('')), {
    ts: '2024-01-02T03:04:05.000Z',
    level: 'debug',
    msg: 'm',
  })
})

test.run()
