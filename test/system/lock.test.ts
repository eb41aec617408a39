import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execPath } from 'node:process'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { HeldError, LocalError } from '../../agent/system/errors.ts'
import { lock } from '../../agent/system/lock.ts'

const run = mkdtempSync(join(tmpdir(), 'evenkeel-lock-'))
const file = join(run, 'lock')
const paths = { run }
/** Four seconds after the holder took the lock. */
const clock = { now: () => Date.parse('2024-01-02T12:03:15') }

test.after(() => rmSync(run, { recursive: true, force: true }))

async function heldError(): Promise<HeldError> {
  try {
    const free = await lock(paths, 'plan', clock)
    free()
  } catch (error) {
    if (error instanceof HeldError) return error
    throw error
  }
  throw new Error('the lock was free')
}

interface Holder {
  readonly process: ChildProcess
  /** A command that it started while it had the lock. */
  readonly command: number
}

/** Another process that has the lock. */
function startHolder(): Promise<Holder> {
  const script = join(import.meta.dirname, 'lock-holder.ts')
  const child = spawn(execPath, ['--import', 'tsx', script, run], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return new Promise((resolve, reject) => {
    child.once('close', (code) => reject(new Error(`the holder ended with ${code}`)))
    child.stdout.once('data', (data: Buffer) => {
      resolve({ process: child, command: Number(data.toString()) })
    })
  })
}

function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve())
    child.kill(signal)
  })
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

test('one at a time, and again once it is freed', async () => {
  const free = await lock(paths, 'converge', clock)
  await heldError()
  free()
  const again = await lock(paths, 'converge', clock)
  again()
})

test('freeing twice does not free the next holder', async () => {
  const free = await lock(paths, 'converge', clock)
  free()
  const next = await lock(paths, 'converge', clock)
  free()
  await heldError()
  next()
})

test('the file is empty while nobody has the lock, and stays', async () => {
  const free = await lock(paths, 'converge', clock)
  assert.equal(JSON.parse(readFileSync(file, 'utf8')), {
    pid: process.pid,
    since: new Date(clock.now()).toISOString(),
    command: 'evenkeel converge',
  })
  free()
  assert.is(readFileSync(file, 'utf8'), '')
})

test('another process is told who has the lock, since when', async () => {
  const holder = await startHolder()
  try {
    const { message } = await heldError()
    assert.is(
      message,
      `another run (pid ${holder.process.pid}, evenkeel converge, since 12:03:11, 4 s) has the lock ${file}`,
    )
  } finally {
    await end(holder.process, 'SIGKILL')
    process.kill(holder.command)
  }
})

for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
  test(`${signal} frees the lock, though a command of the holder still runs`, async () => {
    const holder = await startHolder()
    await heldError()
    await end(holder.process, signal)
    try {
      assert.ok(isAlive(holder.command))
      const free = await lock(paths, 'converge', clock)
      free()
    } finally {
      process.kill(holder.command)
    }
  })
}

test('what a killed holder left in the file is not told of the next one', async () => {
  const free = await lock(paths, 'converge', clock)
  for (const left of ['', '{"pid":', '{"pid":999999999,"since":"x","command":"x"}']) {
    writeFileSync(file, left)
    const { message } = await heldError()
    assert.is(message, `another run has the lock ${file}`)
  }
  free()
})

test('a lock that cannot be made is a local error with its place', async () => {
  const error: unknown = await lock({ run: join(file, 'below') }, 'converge', clock).catch(
    (error: unknown) => error,
  )
  assert.instance(error, LocalError)
  assert.match(String(error), /lock\/below\/lock: ENOTDIR/)
})

test.run()
