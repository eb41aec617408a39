/** The watch over a stand-in for haproxy: a process and a real socket. No command is run for real. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Warning } from '../../agent/diagnostics/warning.ts'
import type { PeerView } from '../../agent/peers/evidence.ts'
import { ask } from '../../agent/system/ask.ts'
import { createFiles } from '../../agent/system/files.ts'
import type { RunResult, System } from '../../agent/system/system.ts'
import { setHold } from '../../agent/watch/holds.ts'
import { startWatch } from '../../agent/watch/watch.ts'
import type { Watch, WatchOptions } from '../../agent/watch/watch.ts'

interface Context {
  folder: string
  process: ChildProcess
  server: Server
  watch: Watch
  events: string[]
  warnings: readonly Warning[]
  ran: string[]
}

const test = suite<Context>('watch')

const peer = {
  name: 'lb2',
  address: '192.0.2.12',
  evidence: { watch: { haproxy: 'up', isReady: true, holds: [] } },
  age: 100,
  problem: null,
} as unknown as PeerView

function listen({ folder, process: { pid } }: Context): Server {
  const info = `Name: HAProxy\nVersion: 2.6\nPid: ${pid}\nUptime_sec: 5\nStopping: 0\nCurrConns: 1\nMaxconn: 100\n`
  return createServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', () => socket.end(info))
  }).listen(join(folder, 'admin.sock'))
}

function start(context: Context, more: Partial<WatchOptions> = {}): void {
  const { folder, events, ran } = context
  const done: RunResult = { code: 0, signal: null, timedOut: false, stdout: '', stderr: '' }
  const system: System = {
    ...createFiles(),
    run: (argv) => {
      ran.push(argv.join(' '))
      return Promise.resolve(done)
    },
    ask,
    now: () => Date.now(),
    sleep: async (milliseconds) => {
      await sleep(milliseconds)
    },
  }
  const scope = {
    haproxy: {
      unit: 'haproxy.service',
      file: join(folder, 'haproxy.cfg'),
      socket: join(folder, 'admin.sock'),
    },
    keepalived: { unit: 'keepalived.service', file: join(folder, 'keepalived.conf') },
    remote: null,
    peers: [],
  }
  context.watch = startWatch({
    profile: { self: 'lb1', scope, files: [], chains: [], evidence: null },
    mode: 'aggressive',
    bothDown: 'keep',
    peers: () => [peer],
    paths: { state: folder, vrrp: folder },
    system,
    on: ({ type }) => events.push(type),
    warn: (found) => (context.warnings = found),
    ...more,
  })
}

async function until(what: string, isTrue: () => boolean): Promise<void> {
  for (let tries = 0; !isTrue(); tries += 1) {
    if (tries > 2400) throw new Error(`not within 2 min: ${what}`)
    await sleep(50)
  }
}

const fault = ({ folder }: Context): string =>
  readFileSync(join(folder, 'fault'), 'utf8').split('\n')[0] ?? ''

test.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'evenkeel-watch-'))
  context.events = []
  context.warnings = []
  context.ran = []
  for (const file of ['fault', 'drain']) writeFileSync(join(context.folder, file), '0\n')
  context.process = spawn('sleep', ['600'])
  context.server = listen(context)
})
test.after.each(({ watch, server, process: stand, folder }) => {
  watch.stop()
  server.close()
  stand.kill()
  rmSync(folder, { recursive: true })
})

test('a death: keepalived is told, haproxy restarted, and the VIPs come back after it', async (context) => {
  start(context)
  await until('haproxy answers', () => context.watch.status().haproxy === 'up')
  context.server.close()
  context.process.kill()
  await until('keepalived is told', () => fault(context) === '1 agent')
  assert.is(context.watch.status().haproxy, 'dead')
  assert.is(context.watch.status().holds[0]?.owner, 'watch')
  await until('it is restarted', () => context.ran.includes('systemctl restart haproxy.service'))
  context.process = spawn('sleep', ['600'])
  context.server = listen(context)
  await until('keepalived is told again', () => fault(context) === '0')
  assert.is(context.watch.status().haproxy, 'up')
  for (const type of ['failover', 'restart', 'return']) assert.ok(context.events.includes(type))
})

test('a fault of an agent before it is lifted, and one of an operator is not', async (context) => {
  const since = '2024-01-02T12:00:00.000Z'
  setHold(context.folder, 'fault', 'watch', { reason: 'haproxy died', since })
  setHold(context.folder, 'drain', 'operator', { reason: 'new kernel', since })
  start(context)
  await until('keepalived is told', () => fault(context) === '0')
  assert.match(readFileSync(join(context.folder, 'drain'), 'utf8'), /^-100 operator/)
  assert.is(context.watch.status().isReady, false)
  assert.match(context.watch.status().sentence, /new kernel/)
})

test('what another hand wrote is put right', async (context) => {
  start(context)
  await until('haproxy answers', () => context.watch.status().haproxy === 'up')
  context.watch.phase('worse')
  await until('keepalived is told', () => fault(context) === '1 agent')
  writeFileSync(join(context.folder, 'fault'), '0\n')
  await until('keepalived is told', () => fault(context) === '1 agent')
  context.watch.phase(null)
  await until('it is lifted', () => fault(context) === '0')
})

test('the heartbeat begins with the first verdict and goes on', async (context) => {
  start(context)
  const beat = (): number => {
    try {
      return Number(readFileSync(join(context.folder, 'heartbeat'), 'utf8'))
    } catch {
      return 0
    }
  }
  await until('it begins', () => beat() > 0)
  const first = beat()
  await until('it goes on', () => beat() > first)
})

test('what keeps keepalived from being told is a warning while it lasts', async (context) => {
  const codes = (): string => context.warnings.map(({ code }) => code).join()
  start(context, { paths: { state: context.folder, vrrp: join(context.folder, 'vrrp') } })
  await until('haproxy answers', () => context.watch.status().haproxy === 'up')
  assert.is(codes(), '')
  context.watch.phase('worse')
  await until('it is seen', () => codes() === 'keepalived-untold')
  mkdirSync(join(context.folder, 'vrrp'))
  await until('it is over', () => codes() === '')
})

test('off: it sees a death and does nothing', async (context) => {
  start(context, { mode: 'off' })
  await until('haproxy answers', () => context.watch.status().haproxy === 'up')
  context.server.close()
  context.process.kill()
  await until('it is seen', () => context.watch.status().haproxy === 'dead')
  assert.is(fault(context), '0')
  assert.not.ok(context.ran.some((line) => line.startsWith('systemctl')))
  assert.equal(context.events, ['verdict', 'verdict'])
})

test.run()
