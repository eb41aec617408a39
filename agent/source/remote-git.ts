import { fault, prepare, settings, settle } from './git.ts'
import type { GitEnd } from './git.ts'

/** Transports that may be used: those that prove who the server is, and local files. */
export const safeProtocols: readonly string[] = ['https', 'ssh', 'file']

/** How the remote is talked to; protocols and sizes are what tests change. */
export interface FetchOptions {
  /** Aborted once there is no time to wait for the remote any more. Default: that never comes. */
  readonly skipRemoteWait?: AbortSignal | undefined
  /** Default: {@link safeProtocols}. */
  readonly protocols?: readonly string[]
  /** Bytes of the largest file that a fetch may write. Default: 512 MiB. */
  readonly largestFile?: number
}

/** How a Git command that talks to the remote is run. */
export interface RemoteOptions extends FetchOptions {
  /** The repo that it fetches into. Without it, it works in none, wherever it is started. */
  readonly gitDir?: string
  /** Seconds in all, not between two signs of life. */
  readonly timeout: number
}

/**
 * Largest file that a fetch may write, in bytes: Git itself takes all that a server sends, and a config
 * repo is far smaller.
 */
const fileSize = 512 * 1024 * 1024

/** timeout(1) ends so when the time is up, and when it had to kill. */
const timeoutCodes = [124, 137]

/**
 * Runs a Git command that talks to the remote and returns what it printed. timeout(1) ends all of its
 * processes: the signal that simple-git sends at its own timeout reaches git alone, which leaves its
 * helpers (ssh, git-remote-https) waiting for a server that does not answer.
 * @throws GitFailure
 */
export async function runRemoteGit(
  argv: readonly string[],
  options: RemoteOptions,
): Promise<string> {
  let end: GitEnd = 'failed'
  const { skipRemoteWait } = options
  const git = prepare(
    {
      binary: 'timeout',
      // SIGINT for timeout(1), which hands it on to all of its processes
      ...(skipRemoteWait !== undefined && { abort: skipRemoteWait }),
      errors: (error, { exitCode }) => {
        if (timeoutCodes.includes(exitCode)) end = 'timed out'
        return fault(error, exitCode)
      },
    },
    {
      GIT_DIR: options.gitDir ?? '/dev/null',
      GIT_ALLOW_PROTOCOL: (options.protocols ?? safeProtocols).join(':'),
    },
  )
  const time = ['--kill-after=5', String(options.timeout)]
  const bytes = options.largestFile ?? fileSize
  const size = options.gitDir === undefined ? [] : ['prlimit', `--fsize=${bytes}`]
  const configured = settings.flatMap((setting) => ['-c', setting])
  return settle(git.raw([...time, ...size, 'git', ...configured, ...argv]), () =>
    skipRemoteWait?.aborted === true ? 'broken off' : end,
  )
}
