/** A stand-in for the daemon: a real socket that says what it is told to. */
import { createServer } from 'node:net'
import type { Server } from 'node:net'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { askForRun, askForStatus } from '../../../agent/daemon/control/ask-daemon.ts'
import type { DaemonStatus } from '../../../agent/daemon/control/daemon-status.ts'
import { protocol } from '../../../agent/daemon/control/message.ts'
import { warn } from '../../../agent/diagnostics/warning.ts'
import type { RunEvent } from '../../../agent/report/report.ts'
import { temporaryFolder } from '../../source/git-repo.ts'
import { watch } from '../evidence/sample.ts'
import { ran } from '../notify/sample.ts'

const hello = { protocol, version: '9.9', pid: 7 }
const asked = {
  mode: 'plan',
  cause: 'person',
  folder: null,
  tags: [],
  skipTags: [],
  extraVars: [],
  rollBackTo: null,
} as const
const status: DaemonStatus = {
  version: '9.9',
  pid: 7,
  since: '2024-01-02T12:00:00.000Z',
  nextRun: '2024-01-02T13:00:00.000Z',
  onDrift: 'repair',
  inHand: null,
  waiting: 0,
  lastDrift: null,
  watch,
  peers: [],
  unheard: null,
  warnings: [warn('peer-silent', 'lb2 is silent')],
}
const foreign = /^LocalError: the daemon \(pid 7\) is of version 9\.9 and does not understand/
const servers: Server[] = []
test.after(() => {
  for (const server of servers) server.close()
})

/** A daemon that says hello, and then these lines. @returns its socket */
async function daemon(...lines: readonly unknown[]): Promise<string> {
  const socket = join(temporaryFolder(), 'control.sock')
  const text = [hello, ...lines].map((line) =>
    typeof line === 'string' ? line : `${JSON.stringify(line)}\n`,
  )
  const server = createServer((connection) => connection.end(text.join('')))
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(socket, resolve))
  return socket
}

const errorOf = (answer: Promise<unknown>): Promise<string> =>
  answer.then(
    () => 'no error',
    (error: unknown) => String(error),
  )

test('an answer is read, and what a newer daemon adds is passed over', async () => {
  const newer = {
    ...status,
    load: 1,
    warnings: [{ ...status.warnings[0], code: 'of-tomorrow', since: 1 }],
  }
  const read = await askForStatus(await daemon({ status: newer }))
  const warnings = [{ ...status.warnings[0], code: 'of-tomorrow' }]
  assert.equal(read, { ...status, warnings })
})

test('an answer that lacks something, or has other words, is refused', async () => {
  const { watch: _, ...less } = status
  assert.match(await errorOf(askForStatus(await daemon({ status: less }))), foreign)
  const other = { ...status, onDrift: 'ask' }
  assert.match(await errorOf(askForStatus(await daemon({ status: other }))), foreign)
})

test('a run is followed by its events, up to its report', async () => {
  const ended = ran('failed', 'a', { failed: 'file /etc/a' })
  assert.ok(ended.type === 'run-ended')
  const step = { type: 'step', message: 'asking' } as const
  const heard: RunEvent[] = []
  const socket = await daemon({ event: { ...step, at: 1 } }, { report: ended.report })
  const report = await askForRun(socket, asked, {
    on: (event) => heard.push(event),
    onAccepted: () => {},
  })
  assert.equal(heard, [step])
  assert.equal(report, ended.report)
  const strange = { ...ended.report, outcome: 'postponed' }
  const other = askForRun(await daemon({ report: strange }), asked, {
    on: () => {},
    onAccepted: () => {},
  })
  assert.match(await errorOf(other), foreign)
})

test('a daemon that dies amid an answer has ended', async () => {
  const socket = await daemon('{"report":{"node"')
  const answer = askForRun(socket, asked, { on: () => {}, onAccepted: () => {} })
  assert.match(await errorOf(answer), /the daemon ended before the run did/)
})

test('what does not say hello does not answer', async () => {
  const socket = join(temporaryFolder(), 'control.sock')
  const server = createServer((connection) => connection.end('220 mail ready\r\n'))
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(socket, resolve))
  assert.match(await errorOf(askForStatus(socket)), /does not answer at .*systemctl restart/)
})

test.run()
