/** What a real haproxy makes of two binds on one address and port, in a network of its own. */
import { execFileSync, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { enterNamespace } from '../../resources/namespace.ts'
import { sharedBindCases, toConfig } from './shared-binds-cases.ts'

enterNamespace(import.meta.url)

/** Milliseconds in which haproxy has started, or has ended. */
const patience = 30_000
const folder = mkdtempSync(join(tmpdir(), 'evenkeel-binds-'))
const socket = join(folder, 'admin.sock')
const file = join(folder, 'haproxy.cfg')
let child: ChildProcess | null = null
process.on('exit', () => {
  child?.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

test.before(() => {
  for (const words of [
    'link set lo up',
    'link add lan type bridge',
    'link set lan up',
    'address add 192.0.2.11/24 dev lan',
    '-6 address add 2001:db8::11/64 dev lan nodad',
  ]) {
    execFileSync('ip', words.split(' '))
  }
})

/** Addresses on which several sockets listen; null: haproxy did not start. */
async function start(text: string): Promise<readonly string[] | null> {
  writeFileSync(file, text.replace('global\n', `global\n  stats socket ${socket}\n`))
  execFileSync('haproxy', ['-c', '-q', '-f', file])
  const started = spawn('haproxy', ['-db', '-f', file], { stdio: 'ignore' })
  child = started
  const ended = new Promise<void>((resolve) => started.once('exit', () => resolve()))
  try {
    const deadline = Date.now() + patience
    while (started.exitCode === null && !(await answers())) {
      if (Date.now() > deadline) throw new Error('haproxy neither answers nor ends')
      await sleep(20)
    }
    if (started.exitCode !== null) return null
    const rows = execFileSync('ss', ['-Hltn'], { encoding: 'utf8' }).trim().split('\n')
    const open = rows.map((row) => row.trim().split(/\s+/)[3] ?? '')
    return open.filter((one, index) => open.indexOf(one) !== index)
  } finally {
    started.kill('SIGKILL')
    await ended
    rmSync(socket, { force: true })
  }
}

/** All is bound before the admin socket answers its first question. */
function answers(): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = connect(socket, () => asked.write('show version\n'))
    let isAnswered = false
    asked.on('data', () => (isAnswered = true))
    asked.on('error', () => {})
    asked.on('close', () => resolve(isAnswered))
  })
}

for (const one of sharedBindCases) {
  test(one.name, async () => {
    const several = await start(toConfig(one))
    if (one.outcomes.includes('refused')) return assert.is(several, null)
    assert.is((several ?? []).length > 0, one.outcomes.length > 0 || one.isSplit === true)
  })
}

test.run()
