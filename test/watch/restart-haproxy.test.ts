import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { RunResult, System } from '../../agent/system/system.ts'
import type { Restart } from '../../agent/watch/decide-restart.ts'
import { restartHaproxy } from '../../agent/watch/restart-haproxy.ts'

const scope = {
  unit: 'haproxy.service',
  file: '/etc/haproxy/haproxy.cfg',
  socket: '/run/haproxy/admin.sock',
}
const first: Restart = { type: 'restart', attempt: 1, isKill: false, isStart: false }
const ok: RunResult = { code: 0, signal: null, timedOut: false, stdout: '', stderr: '' }

/** A node whose commands end like this, in turn; then all succeed. */
function node(files: Record<string, string>, ...ends: readonly RunResult[]) {
  const ran: string[] = []
  const left = [...ends]
  const system = {
    now: () => 0,
    run: (argv: readonly string[]) => {
      ran.push(argv.join(' '))
      return Promise.resolve(left.shift() ?? ok)
    },
    readFile: (path: string) =>
      Promise.resolve(files[path] === undefined ? null : Buffer.from(files[path])),
    inspect: (path: string) =>
      Promise.resolve(
        files[path] === undefined
          ? null
          : {
              stat: { mode: 0o640, owner: 'root', group: 'haproxy' },
              content: Buffer.from(files[path]),
            },
      ),
    writeFile: (path: string, { content }: { content: Uint8Array }) => {
      files[path] = Buffer.from(content).toString()
      return Promise.resolve()
    },
  } as unknown as System
  return { ran, restart: (how: Restart) => restartHaproxy(how, scope, null, { paths, system }) }
}

const paths = { state: '/var/lib/evenkeel' }
const good = '/var/lib/evenkeel/haproxy.cfg.good'
const refused = '/var/lib/evenkeel/haproxy.cfg.refused'

test('one that has run is restarted, one that may be starting is started', async () => {
  const { ran, restart } = node({})
  assert.equal(await restart(first), { error: null, notes: [] })
  await restart({ ...first, isStart: true })
  assert.equal(ran, ['systemctl restart haproxy.service', 'systemctl start haproxy.service'])
})

test("a second attempt lifts systemd's limit of starts first", async () => {
  const { ran, restart } = node({})
  await restart({ ...first, attempt: 2 })
  assert.equal(ran.slice(-2), [
    'systemctl reset-failed haproxy.service',
    'systemctl restart haproxy.service',
  ])
})

test('a failure is told with the name of the unit', async () => {
  const { restart } = node({}, { ...ok, code: 1 })
  assert.match((await restart(first)).error ?? '', /^haproxy.service did not start/)
})

test('a second attempt puts back the last good configuration where haproxy refuses this one', async () => {
  const files = { [scope.file]: 'broken', [good]: 'good' }
  const { restart } = node(files, { ...ok, code: 1 })
  const { notes } = await restart({ ...first, attempt: 2 })
  assert.match(notes[0] ?? '', /was put back/)
  assert.equal(files, { [scope.file]: 'good', [good]: 'good', [refused]: 'broken' })
})

test('a configuration that is fine stays, and so does one of a node that is disabled', async () => {
  const files: Record<string, string> = { [scope.file]: 'other', [good]: 'good' }
  await node(files).restart({ ...first, attempt: 2 })
  assert.is(files[scope.file], 'other')
  const disabled = { reason: 'a', who: 'b', since: new Date(0).toISOString(), until: null }
  const held: Record<string, string> = {
    ...files,
    '/var/lib/evenkeel/disabled.json': JSON.stringify(disabled),
  }
  await node(held, { ...ok, code: 1 }).restart({ ...first, attempt: 2 })
  assert.is(held[scope.file], 'other')
})

test.run()
