import { existsSync } from 'node:fs'
import { userInfo } from 'node:os'
import { simpleGit } from 'simple-git'
import type { SimpleGit, SimpleGitOptions } from 'simple-git'
import { messageOf } from '../system/errors.ts'

/** What ended a Git command that did not do its work: it itself, its time limit, or a run that can't wait for it. */
export type GitEnd = 'failed' | 'timed out' | 'broken off'

/** A Git command that did not do its work. The message is what Git printed. */
export class GitFailure extends Error {
  readonly end: GitEnd

  constructor(message: string, end: GitEnd = 'failed') {
    super(message)
    this.name = 'GitFailure'
    this.end = end
  }
}

/** Not left to /etc/gitconfig or to root's own settings, which count otherwise (proxy, CA, credentials). */
export const settings: readonly string[] = [
  'core.hooksPath=/dev/null',
  'core.fsync=committed',
  'fetch.fsckObjects=true',
  'transfer.fsckObjects=true',
  // Always a pack, also for few objects: Git checks and syncs it as one file.
  'fetch.unpackLimit=1',
  // Tidying up after a fetch must not go on in the background, past our lock.
  'gc.autoDetach=false',
  'maintenance.autoDetach=false',
]

/** Never asks, never trusts an unknown host, never waits long, shares no connection that outlives us. */
const sshCommand =
  'ssh -oBatchMode=yes -oConnectTimeout=10 -oServerAliveInterval=10 -oServerAliveCountMax=3' +
  ' -oStrictHostKeyChecking=yes -oControlMaster=no -oControlPath=none'

/** The key of `install.sh --deploy-key`. */
const deployKey = '/etc/evenkeel/deploy_key'

/**
 * How Git calls ssh. A deploy key is the only one that is offered: servers give up after a few, and some
 * take the first that they know for the login.
 * @param hasDeployKey whether this node has one
 */
export function sshCommandFor(hasDeployKey: boolean): string {
  return hasDeployKey ? `${sshCommand} -oIdentitiesOnly=yes -i ${deployKey}` : sshCommand
}

/** A proxy is a property of the node's network: the one thing taken from our environment. */
const proxyVariables = [
  'https_proxy',
  'HTTPS_PROXY',
  'all_proxy',
  'ALL_PROXY',
  'no_proxy',
  'NO_PROXY',
]

/** How a Git command that works on a repo of this node is run. */
export interface LocalOptions {
  readonly gitDir: string
  /** Seconds. */
  readonly timeout: number
}

/** Runs a Git command on a repo of this node and returns what it printed. @throws GitFailure */
export function runGit(argv: readonly string[], options: LocalOptions): Promise<string> {
  return settle(local(options).raw([...argv]))
}

/**
 * Reads objects as they are stored: no filter, line ending or attribute of the repo has a say.
 * @returns the output of `git cat-file --batch`; see parseObjects
 * @throws GitFailure
 */
export function catObjects(names: readonly string[], options: LocalOptions): Promise<Buffer> {
  const input = names.map((name) => `${name}\n`).join('')
  return settle(local(options, { input: () => input }).binaryCatFile(['--batch']))
}

/** One that overruns its time is a fault of this node, like any other. */
function local(options: LocalOptions, more: Partial<SimpleGitOptions> = {}): SimpleGit {
  return prepare(
    {
      config: [...settings],
      timeout: { block: options.timeout * 1000, stdOut: false, stdErr: false },
      errors: (error, { exitCode }) => fault(error, exitCode),
      ...more,
    },
    { GIT_DIR: options.gitDir },
  )
}

/** simple-git in an environment of our own, with nothing inherited that could change what Git does. */
export function prepare(
  options: Partial<SimpleGitOptions>,
  variables: Record<string, string>,
): SimpleGit {
  const ours: Record<string, string> = {
    ...variables,
    GIT_TERMINAL_PROMPT: '0',
    GIT_SSH_COMMAND: sshCommandFor(existsSync(deployKey)),
    GIT_NO_REPLACE_OBJECTS: '1',
  }
  return simpleGit({
    baseDir: '/',
    allowEnvironment: Object.keys(ours),
    // simple-git guards both against values from outside; ours are constants.
    unsafe: { allowUnsafeHooksPath: true, allowUnsafeSshCommand: true },
    // By default 50 ms after the end, output read or not.
    completion: { onClose: true, onExit: false },
    ...options,
  }).env({
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: userInfo().homedir,
    LC_ALL: 'C',
    ...Object.fromEntries(
      proxyVariables.flatMap((name) => {
        const value = process.env[name]
        return value === undefined ? [] : [[name, value]]
      }),
    ),
    ...ours,
  })
}

/** simple-git takes an exit other than 0 for a success when nothing was printed. */
export function fault(
  error: Buffer | Error | undefined,
  exitCode: number,
): Buffer | Error | undefined {
  return error ?? (exitCode === 0 ? undefined : Buffer.from(`git ended with exit code ${exitCode}`))
}

/** @throws GitFailure for whatever simple-git throws */
export async function settle<T>(
  running: PromiseLike<T>,
  end: () => GitEnd = () => 'failed',
): Promise<T> {
  try {
    return await running
  } catch (error) {
    const message = messageOf(error)
    throw new GitFailure(message.trim(), end())
  }
}
