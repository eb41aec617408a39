import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { formatStatus } from '../../../agent/cli/format/format-status.ts'
import type { Status } from '../../../agent/cli/format/format-status.ts'
import { emptyState } from '../../../agent/store/state.ts'
import { evidenceOf } from '../../daemon/evidence/sample.ts'

const at = '2024-01-02T12:00:00.000Z'
const now = Date.parse(at) + 5 * 60_000
const peer = { name: 'lb2', address: '192.0.2.12' }
const nothing: Status = {
  state: emptyState,
  quarantine: {},
  disabled: null,
  journal: null,
  lastRun: null,
  daemon: null,
  configFault: null,
}

test('a node on which nothing has run', () => {
  assert.is(
    formatStatus(nothing, now),
    'applied    nothing yet\nlast run   none\ndaemon     none runs; this node converges only when told to, by a person or by cron\n',
  )
})

test('all that can keep the newest commit out', () => {
  const release = { commit: 'a'.repeat(40), at, subject: 'Good' }
  const status: Status = {
    state: {
      ...emptyState,
      applied: release,
      pinned: { ...release, from: 'b'.repeat(40) },
      failing: {
        commit: 'c'.repeat(40),
        byCommit: 0,
        byNode: 1,
        notBefore: '2024-01-02T12:06:00.000Z',
        reason: 'disk full',
      },
      repair: {
        commit: 'a'.repeat(40),
        failures: 2,
        found: null,
        notBefore: '2024-01-02T12:07:00.000Z',
        reason: 'reload failed',
      },
    },
    quarantine: { ['d'.repeat(40)]: { reason: 'web1 is down', at, subject: 'Bad' } },
    disabled: { who: 'alice on pts/0', reason: 'new switch', since: at, until: null },
    journal: { commit: 'e'.repeat(40), phase: 'passed', at },
    lastRun: {
      id: '1',
      at,
      node: 'lb1',
      commit: null,
      mode: 'converge',
      outcome: 'held',
      durationMs: 1,
      counts: { ok: 0, changed: 0, failed: 0, skipped: 0 },
      changes: [],
      message: 'Because.\nAnd so on.',
      codes: [],
    },
    daemon: {
      version: '1',
      pid: 7,
      since: at,
      nextRun: '2024-01-02T12:06:00.000Z',
      onDrift: 'report',
      inHand: { cause: 'schedule', since: at, phase: 'watching' },
      waiting: 2,
      lastDrift: { at, resources: ['copy /etc/a', 'copy /etc/b'], isRepaired: false },
      watch: null,
      peers: [
        { ...peer, evidence: evidenceOf('lb2'), age: 1000, problem: null },
        { ...peer, evidence: null, age: null, problem: 'lb2 refuses the connection' },
        { ...peer, evidence: evidenceOf('lb2'), age: 90_000, problem: 'lb2 does not answer' },
      ],
      warnings: [],
      unheard: 'this node does not have the address 192.0.2.11 at the moment',
    },
    configFault: 'agent.yml:3 scedule: unknown key',
  }
  const expected = `\
disabled   by alice on pts/0 since 2024-01-02 12:00:00 UTC (5 min), until "evenkeel enable": new switch
applied    aaaaaaaa "Good", 5 min ago
pinned     aaaaaaaa "Good" by hand, 5 min ago, until the branch moves on from bbbbbbbb
failing    cccccccc: disk full; next try after 2024-01-02 12:06:00 UTC
drift      from aaaaaaaa that could not be mended (tried 2 times): reload failed; next try after 2024-01-02 12:07:00 UTC
quarantine dddddddd "Bad", 5 min ago: web1 is down
unfinished the change to eeeeeeee, 5 min ago, is finished by the next run, or "evenkeel recover"
last run   held, 5 min ago: Because.
           And so on.
agent.yml  agent.yml:3 scedule: unknown key
           The daemon goes on with what it said before.
daemon     runs (pid 7, 5 min); next run at 2024-01-02 12:06:00 UTC; drift is only reported
run        watching, for 5 min (schedule, 2 waiting)
drift      5 min ago, left as it is: copy /etc/a, copy /etc/b
peer       lb2: aaaaaaaa, haproxy up, VI_1 MASTER, applying, disabled by alice: switch; heard 1 s ago
peer       lb2 refuses the connection
peer       lb2: aaaaaaaa, haproxy up, VI_1 MASTER, applying, disabled by alice: switch; heard 90 s ago, and since then lb2 does not answer
evidence   no peer can ask here: this node does not have the address 192.0.2.11 at the moment
`
  assert.is(formatStatus(status, now), expected)
})

test('a daemon that does not answer', () => {
  const text = formatStatus({ ...nothing, daemon: 'it is wedged' }, now)
  assert.match(text, 'daemon     it is wedged')
})

test('a change that was not checked is taken back', () => {
  const text = formatStatus({ ...nothing, journal: { commit: null, phase: 'applying', at } }, now)
  assert.match(text, 'unfinished a change, 5 min ago, is taken back by the next run')
})

test('a last run that has only been repeated since', () => {
  const lastRun: Status['lastRun'] = {
    id: '1',
    at,
    node: 'lb1',
    commit: 'a'.repeat(40),
    mode: 'converge',
    outcome: 'in-sync',
    durationMs: 1000,
    counts: { ok: 1, changed: 0, failed: 0, skipped: 0 },
    changes: [],
    message: 'nothing to do',
    codes: [],
  }
  const shown = (attemptedAt: string): string => {
    const attempted = { commit: 'a'.repeat(40), at: attemptedAt, outcome: 'in-sync' }
    return formatStatus({ ...nothing, lastRun, state: { ...emptyState, attempted } }, now)
  }
  assert.match(shown('2024-01-02T12:00:01.000Z'), 'last run   in-sync, 5 min ago: nothing to do')
  assert.match(
    shown('2024-01-02T12:03:00.000Z'),
    'last run   in-sync, 2 min ago, the same since 5 min ago: nothing to do',
  )
})

test.run()
