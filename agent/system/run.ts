import { spawn } from 'node:child_process'
import { LocalError } from './errors.ts'
import type { RunOptions, RunResult } from './system.ts'

const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
const defaultTimeout = 30_000
/** Time between SIGTERM and SIGKILL for a command that overran its timeout. */
const killDelay = 2_000
const outputLimit = 16 * 1024 * 1024

/**
 * What the scripts of packages and of roles count on. Our own is narrower, as our unit has it; a child takes it over
 * while it is forked, which `spawn` does before it returns.
 */
const umask = 0o022

function withUmask<T>(start: () => T): T {
  const own = process.umask(umask)
  try {
    return start()
  } finally {
    process.umask(own)
  }
}

/**
 * Runs a command without a shell, in an environment of our own: fixed PATH and umask, LC_ALL=C so that output
 * can be parsed, nothing inherited that could change what a tool does. A command that overruns its timeout
 * is ended with its whole process group.
 */
export function run(argv: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const [program = '', ...rest] = argv
  return new Promise((resolve, reject) => {
    const child = withUmask(() =>
      spawn(program, rest, {
        cwd: options.cwd ?? '/',
        detached: true,
        env: { PATH: path, HOME: '/root', LC_ALL: 'C', ...options.env },
        stdio: ['pipe', 'pipe', 'pipe'],
      }),
    )
    const output = { stdout: [] as Buffer[], stderr: [] as Buffer[] }
    let kept = 0
    let timedOut = false
    let tooMuch = false

    const end = (signal: NodeJS.Signals): void => {
      if (child.pid === undefined) return
      try {
        process.kill(-child.pid, signal)
      } catch {
        // It has just ended by itself.
      }
    }
    let killer: NodeJS.Timeout | undefined
    const stop = (): void => {
      end('SIGTERM')
      killer = setTimeout(() => end('SIGKILL'), killDelay)
    }
    const timer = setTimeout(() => {
      timedOut = true
      stop()
    }, options.timeout ?? defaultTimeout)

    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].on('data', (chunk: Buffer) => {
        kept += chunk.length
        if (kept <= outputLimit) output[stream].push(chunk)
        else if (!tooMuch) {
          tooMuch = true
          stop()
        }
      })
    }
    const settle = (): void => {
      clearTimeout(timer)
      clearTimeout(killer)
    }
    child.on('error', (error: NodeJS.ErrnoException) => {
      settle()
      const missing = error.code === 'ENOENT'
      reject(
        new LocalError(missing ? `${program} is not installed` : `${program}: ${error.message}`),
      )
    })
    child.on('close', (code, signal) => {
      settle()
      if (tooMuch) return reject(new LocalError(`${program} printed more than 16 MiB`))
      resolve({
        code,
        signal,
        timedOut,
        stdout: Buffer.concat(output.stdout).toString(),
        stderr: Buffer.concat(output.stderr).toString(),
      })
    })
    // A command may end without reading its input: that is told by its exit code.
    child.stdin.on('error', () => {})
    child.stdin.end(options.input)
  })
}
