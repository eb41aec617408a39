/** Sessions with stand-ins for haproxy: real processes and real sockets. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import type { Server, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { holdSession } from '../../agent/watch/haproxy-session.ts'

/** A socket of haproxy, and who holds a session with it. */
interface Stand {
  readonly server: Server
  readonly sessions: Set<Socket>
}

interface Context {
  folder: string
  master: ChildProcess
  /** Children of the master. */
  worker: number
  other: number
  ofMaster: Stand
  ofWorker: Stand
  said: string[]
  end: () => void
}

const test = suite<Context>('haproxy session')

function listen(folder: string, name: string): Stand {
  const sessions = new Set<Socket>()
  const server = createServer((socket) => {
    sessions.add(socket.on('error', () => {}).resume())
    socket.on('close', () => sessions.delete(socket))
  }).listen(join(folder, name))
  return { server, sessions }
}

function cut({ sessions }: Stand): void {
  for (const session of sessions) session.destroy()
}

async function until(what: string, isTrue: () => boolean): Promise<void> {
  for (let tries = 0; !isTrue(); tries += 1) {
    if (tries > 12_000) throw new Error(`not within 2 min: ${what}`)
    await sleep(10)
  }
}

/** Begins to watch, with both sessions open. */
async function hold(context: Context): Promise<void> {
  const { folder, master, worker, said } = context
  const masterSocket = join(folder, 'master.sock')
  const processes = { worker, master: master.pid ?? 0, masterSocket }
  const session = holdSession(processes, join(folder, 'admin.sock'), {
    died: (how) => said.push(how),
    changed: () => said.push('changed'),
  })
  context.end = () => session.end()
  const areOpen = (): boolean =>
    context.ofMaster.sessions.size === 1 && context.ofWorker.sessions.size === 1
  await until('both sessions are open', areOpen)
  // Accepted there is not yet connected here
  await sleep(50)
}

test.before.each(async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'evenkeel-session-'))
  const script = 'sleep 600 & echo $!; sleep 600 & echo $!; wait; exec sleep 600'
  const master = spawn('sh', ['-c', script], { stdio: ['ignore', 'pipe', 'ignore'] })
  let text = ''
  master.stdout?.on('data', (chunk: Buffer) => (text += chunk.toString()))
  await until('the processes run', () => text.trim().split('\n').length === 2)
  const [worker = 0, other = 0] = text.trim().split('\n').map(Number)
  const [ofMaster, ofWorker] = [listen(folder, 'master.sock'), listen(folder, 'admin.sock')]
  Object.assign(context, { folder, master, worker, other, ofMaster, ofWorker, said: [] })
})
test.after.each(({ folder, master, worker, other, ofMaster, ofWorker, end }) => {
  end()
  for (const stand of [ofMaster, ofWorker]) {
    stand.server.close()
    cut(stand)
  }
  for (const pid of [worker, other]) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // Ended by the test
    }
  }
  master.kill('SIGKILL')
  rmSync(folder, { recursive: true })
})

test('a worker that is killed is known dead though its master still lives', async (context) => {
  const { worker, other, ofWorker, said } = context
  process.kill(other, 'SIGKILL')
  await hold(context)
  process.kill(worker, 'SIGKILL')
  cut(ofWorker)
  await until('it is said', () => said.length > 0)
  assert.equal(said, [`haproxy (pid ${worker}) has died`])
})

test('an old worker that ends beside a new one is no death', async (context) => {
  const { worker, ofWorker, said } = context
  await hold(context)
  process.kill(worker, 'SIGKILL')
  cut(ofWorker)
  await until('it is said', () => said.length > 0)
  assert.equal(said, ['changed'])
})

test('a reload: the session with the old worker is given up, and its end is no death', async (context) => {
  const { folder, worker, other, ofMaster, ofWorker, said } = context
  process.kill(other, 'SIGKILL')
  await hold(context)
  ofMaster.server.close()
  cut(ofMaster)
  await until('the session is given up', () => ofWorker.sessions.size === 0)
  process.kill(worker, 'SIGKILL')
  await sleep(100)
  assert.equal(said, [])
  context.ofMaster = listen(folder, 'master.sock')
  await until('it is said', () => said.length > 0)
  assert.equal(said, ['changed'])
})

test('a session that haproxy ends is opened anew, and nothing is said', async (context) => {
  const { ofWorker, said } = context
  await hold(context)
  const [first] = ofWorker.sessions
  cut(ofWorker)
  await until(
    'it is open again',
    () => ofWorker.sessions.size === 1 && !ofWorker.sessions.has(first as Socket),
  )
  assert.equal(said, [])
})

test('a master that is killed is known dead at once', async (context) => {
  const { master, ofMaster, said } = context
  await hold(context)
  master.kill('SIGKILL')
  await once(master, 'exit')
  cut(ofMaster)
  await until('it is said', () => said.length > 0)
  assert.equal(said, [`haproxy's master (pid ${master.pid}) has died`])
})

test.run()
