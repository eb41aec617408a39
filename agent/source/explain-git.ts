import { maskLogins } from '../diagnostics/mask-fields.ts'
import { plainLine } from '../diagnostics/plain-line.ts'
import type { GitFailure } from './git.ts'

/** What a failed talk with the remote means for a person. */
export interface Explanation {
  /** One clause: what is wrong, and what to do. */
  readonly clause: string
  /** Whether the cause is known to lie outside our mirror: then building a new one would not help. */
  readonly isOutside: boolean
}

type Clause = string | ((host: string, match: RegExpExecArray) => string)

/** Ordered: ssh and Git print several lines, of which the first one here says most. */
const causes: readonly (readonly [RegExp, Clause])[] = [
  [
    /failed to run command 'git'|failed to execute git|spawn git ENOENT/,
    'git is not installed on this node (apt-get install git)',
  ],
  [
    /cannot run ssh|ssh: (?:command )?not found/,
    'ssh is not installed on this node (apt-get install openssh-client)',
  ],
  [/No space left on device|Disk quota exceeded/, 'the disk of this node is full'],
  [
    /transport '(\w+)' not allowed/,
    (_, match) => `${match[1]}:// is not supported: use https, ssh or file`,
  ],
  [
    /Could not resolve host(?:name)?:? ([^\s:]+)/i,
    (_, match) =>
      `the name ${match[1]} cannot be resolved: check the address and DNS (/etc/resolv.conf)`,
  ],
  [
    /HOST IDENTIFICATION HAS CHANGED/,
    (host) =>
      `the ssh host key of ${host} has changed: the server is new, or somebody sits in between; once you know, run "ssh-keygen -R ${host}" and add its new key to /root/.ssh/known_hosts`,
  ],
  [
    /Host key verification failed/,
    (host) =>
      `the ssh host key of ${host} is unknown here: compare what "ssh-keyscan ${host}" prints with the server's keys and add it to /root/.ssh/known_hosts`,
  ],
  [
    /Permission denied \(/,
    (host) =>
      `${host} denies access: does it know the ssh key of this node (/etc/evenkeel/deploy_key, else those in /root/.ssh)?`,
  ],
  [
    /could not read (?:Username|Password)|Authentication failed|returned error: 40[13]/i,
    (host) =>
      `${host} denies access: put a login with read access into /root/.netrc (mode 0600) as "machine ${host} login USER password SECRET"`,
  ],
  [
    /dubious ownership in repository at '([^']+)'/,
    (_, match) =>
      `${match[1]} belongs to another user: run "git config --global --add safe.directory ${match[1]}" as root`,
  ],
  [
    /does not appear to be a git repository|repository (?:'[^']*' )?(?:not found|does not exist)|could not be found|returned error: 404/i,
    'there is no such repo, or none that this node may read',
  ],
  [/Connection refused/, (host) => `${host} refuses the connection: is its Git server running?`],
  [
    /No route to host|Network is unreachable/,
    (host) => `there is no route to ${host}: is the network of this node up?`,
  ],
  [/timed out|Timeout, server|too slow/i, (host) => `${host} does not answer in time`],
  [
    /Failed to connect|Couldn't connect/i,
    (host) => `${host} cannot be connected to: server down, wrong port, or a firewall in between`,
  ],
  [
    /certificate|SSL|TLS/,
    (host) =>
      `the TLS certificate of ${host} is not trusted: if it is from a CA of your own, put that into /usr/local/share/ca-certificates and run update-ca-certificates`,
  ],
  [/returned error: (\d+)/, (host, match) => `${host} answers with HTTP status ${match[1]}`],
  [
    /^(?:error|fatal): (?:fsck error|error in object|object [0-9a-f]+: ).*$/im,
    (_, match) => `it holds an object that Git's own check refuses (${match[0]})`,
  ],
  [
    /Connection (?:closed|reset)|hung up|early EOF|unexpected disconnect|Broken pipe/i,
    (host) => `${host} ended the connection before all was sent`,
  ],
  [
    // Git's word for an index-pack that was killed, by prlimit(1) or for want of memory.
    /^fatal: fetch-pack: invalid index-pack output$/,
    'Git could not take in what it sends: more than 512 MiB, or too little memory on this node',
  ],
]

/** Says in one clause why Git failed. @param repo its address, which names the host in the clause */
export function explainGit(failure: GitFailure, repo: string): Explanation {
  const host = hostOf(repo)
  if (failure.end === 'broken off') {
    const clause = 'its answer was not waited for, since files were changed on this node meanwhile'
    return { clause, isOutside: true }
  }
  if (failure.end === 'timed out') {
    return {
      clause: `${host} does not answer in time (timeout in agent.yml): is a firewall in between?`,
      isOutside: true,
    }
  }
  for (const [pattern, clause] of causes) {
    const match = pattern.exec(failure.message)
    if (match !== null) {
      return {
        clause: typeof clause === 'string' ? clause : clause(host, match),
        isOutside: true,
      }
    }
  }
  return { clause: `git says: ${plainLine(maskLogins(gist(failure.message)))}`, isOutside: false }
}

/** Host of an https, ssh or scp-like address; what else there is for a file. */
export function hostOf(repo: string): string {
  const url = /^[a-z+]+:\/\/(?:[^@/]*@)?(\[[^\]]*\]|[^:/]*)/i.exec(repo)
  const host = url?.[1] ?? /^(?:[^@/]*@)?(\[[^\]]*\]|[^:/]+):/.exec(repo)?.[1] ?? ''
  return host === '' ? 'the repo' : host.replace(/^\[(.*)\]$/, '$1')
}

/** The first line that says what failed, without the advice that Git adds to each failure. */
function gist(message: string): string {
  const lines = message.split('\n').map((line) => line.trim())
  const fatal = lines.filter((line) => /^(?:fatal|error): /.test(line))
  const said = fatal.find((line) => !line.includes('Could not read from remote repository'))
  const line = said ?? lines.find((line) => line !== '') ?? 'nothing'
  return line.replace(/^(?:fatal|error): /, '')
}
