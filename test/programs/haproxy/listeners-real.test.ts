/** What the parser says haproxy listens on, against a real haproxy, in a network of its own. */
import { execFileSync, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { parseSockets } from '../../../agent/checks/node/socket.ts'
import { readHaproxy } from '../../../agent/facts/haproxy-config.ts'
import type { Endpoint } from '../../../agent/programs/endpoint.ts'
import { readListeners } from '../../../agent/programs/haproxy/listeners.ts'
import { createSystem } from '../../../agent/system/create-system.ts'
import { enterNamespace } from '../../resources/namespace.ts'
import { configurations } from './configurations.ts'

enterNamespace(import.meta.url)

/** Milliseconds in which haproxy has started, or has ended. */
const patience = 10_000
const folder = mkdtempSync(join(tmpdir(), 'evenkeel-haproxy-'))
const socket = join(folder, 'admin.sock')
const started = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of started) child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

const version =
  /version (\S+)/.exec(execFileSync('haproxy', ['-v'], { encoding: 'utf8' }))?.[1] ?? ''

/** All is bound before the admin socket takes its first question. */
const common = join(folder, 'common.cfg')
writeFileSync(common, `global\n stats socket ${socket}\n`)

test.before(() => {
  const ip = (words: string) => execFileSync('ip', words.split(' '))
  ip('link set lo up')
  ip('link add lan type bridge')
  ip('link set lan up')
  ip('address add 192.0.2.11/24 dev lan')
  ip('-6 address add 2001:db8::11/64 dev lan nodad')
})

for (const { name, files, env } of configurations) {
  test(name, async () => {
    const place = mkdtempSync(join(folder, 'case-'))
    for (const { path, text } of files) {
      mkdirSync(dirname(join(place, path)), { recursive: true })
      writeFileSync(join(place, path), text)
    }
    const given = new Set(files.map(({ path }) => join(place, path.split('/')[0] ?? '')))
    const paths = [common, ...given].flatMap((path) => ['-f', path])
    const words = ['haproxy', '-db', '-L', 'lb1', ...paths]
    const environment = { variables: new Map(Object.entries(env)), isComplete: true }
    const { config } = await readHaproxy({ words, environment, version }, createSystem())
    const listeners = readListeners(config)
    const certain = listeners.filter(({ isCertain }) => isCertain).flatMap(show)
    const possible = listeners.flatMap(show)
    const seen = await whileRunning(words, env)
    const demanded = certain.filter((one) => !seen.includes(one))
    assert.equal(demanded, [], 'demanded, and not there')
    const forgotten = seen.filter((one) => !possible.includes(one))
    assert.equal(forgotten, [], 'there, and forgotten')
    // How a haproxy was built is all that it alone can tell here
    if (!files.some(({ text }) => text.includes('feature('))) assert.equal(certain, possible)
  })
}

/** The sockets of a haproxy that has started, as sorted text. */
async function whileRunning(
  [program = '', ...argv]: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  const child = spawn(program, argv, {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  started.add(child)
  let said = ''
  child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()))
  try {
    const deadline = Date.now() + patience
    while (!(await answers())) {
      if (child.exitCode !== null || Date.now() > deadline)
        throw new Error(`haproxy did not start: ${said}`)
      await sleep(20)
    }
    const text = execFileSync('ss', ['-Hlntup'], { encoding: 'utf8' })
    const own = parseSockets(text).filter(({ pids }) => pids.includes(child.pid ?? 0))
    return [...new Set(own.flatMap((it) => show({ ...it, first: it.port, last: it.port })))].sort()
  } finally {
    child.kill('SIGKILL')
    await ended
    started.delete(child)
    rmSync(socket, { force: true })
  }
}

function answers(): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = connect({ path: socket })
    connection.on('connect', () => connection.end('show info\n'))
    connection.on('data', () => resolve(true))
    connection.on('error', () => resolve(false))
    connection.on('close', () => resolve(false))
  })
}

/** `tcp ipv4 any:80`, one for each port. */
function show({
  protocol,
  families,
  address,
  first: from,
  last,
  device,
}: Endpoint): readonly string[] {
  const ports = Array.from({ length: last - from + 1 }, (_, index) => from + index)
  const where = `${protocol} ${families.join('+')} ${address ?? 'any'}`
  return ports.map((port) => `${where}:${port}${device === null ? '' : ` on ${device}`}`)
}

test.run()
