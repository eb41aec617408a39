import { spawn } from 'node:child_process'
import {
  closeSync,
  constants,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { LocalError, LockedError, messageOf } from './errors.ts'
import { formatAge } from './format-time.ts'
import type { Paths } from './paths.ts'
import type { System } from './system.ts'

/** What the lock file says of the run that has the lock; `since` is ISO 8601. */
const holderSchema = v.object({ pid: v.number(), since: v.string(), command: v.string() })
type Holder = v.InferOutput<typeof holderSchema>

/** What flock(1) is told to end with when the lock is taken. */
const conflict = 75

/**
 * Takes the lock that only one run on this node can have. The lock is on our open file description, not
 * on our being well: the kernel frees it when we end in whatever way, and the commands that we run don't
 * inherit it.
 * @param verb shown to whoever finds the lock taken
 * @returns frees the lock
 * @throws LockedError that says who has it
 * @throws LocalError when there is no flock(1), or no folder for the lock
 */
export async function lock(
  paths: Pick<Paths, 'run'>,
  verb: string,
  system: Pick<System, 'now'>,
): Promise<() => void> {
  const file = join(paths.run, 'lock')
  const descriptor = open(paths.run, file)
  try {
    if (!(await takeLock(descriptor))) {
      throw new LockedError(`${describeHolder(file, system.now())} has the lock ${file}`)
    }
    const holder: Holder = {
      pid: process.pid,
      since: new Date(system.now()).toISOString(),
      command: `evenkeel ${verb}`,
    }
    ftruncateSync(descriptor)
    writeSync(descriptor, `${JSON.stringify(holder)}\n`, 0)
  } catch (error) {
    closeSync(descriptor)
    throw error
  }
  let isHeld = true
  return () => {
    if (!isHeld) return
    isHeld = false
    // The file stays: a lock on a file that is removed keeps nobody out.
    ftruncateSync(descriptor)
    closeSync(descriptor)
  }
}

/** A plain number rather than a FileHandle, which the garbage collector closes. Node sets O_CLOEXEC. */
function open(folder: string, file: string): number {
  const { O_CREAT, O_NOFOLLOW, O_RDWR } = constants
  try {
    mkdirSync(folder, { recursive: true })
    return openSync(file, O_RDWR | O_CREAT | O_NOFOLLOW, 0o600)
  } catch (error) {
    throw new LocalError(`${file}: ${messageOf(error)}`)
  }
}

/** Node has no flock(2): a child locks the description that it shares with us, and ends. */
function takeLock(descriptor: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const child = spawn('flock', ['--nonblock', '--conflict-exit-code', String(conflict), '3'], {
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' },
      stdio: ['ignore', 'ignore', 'pipe', descriptor],
    })
    let said = ''
    child.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString()
    })
    child.on('error', () => reject(new LocalError('flock is not installed (package util-linux)')))
    child.on('close', (code) => {
      if (code === 0 || code === conflict) resolve(code === 0)
      else reject(new LocalError(`flock ended with exit code ${code}: ${said.trim()}`))
    })
  })
}

/** Between taking the lock and writing the file, a new holder is not known yet. */
function describeHolder(file: string, now: number): string {
  const holder = readHolder(file)
  if (holder === null) return 'another run'
  const since = new Date(holder.since)
  const time = since.toTimeString().slice(0, 8)
  return `another run (pid ${holder.pid}, ${holder.command}, since ${time}, ${formatAge(now - since.getTime())})`
}

function readHolder(file: string): Holder | null {
  try {
    const holder = v.parse(holderSchema, JSON.parse(readFileSync(file, 'utf8')))
    process.kill(holder.pid, 0)
    return holder
  } catch {
    return null
  }
}
