import { LocalError } from '../system/errors.ts'
import type { System } from '../system/system.ts'
import type { HealthScope } from './health-scope.ts'
import type { Reach } from './health.ts'

/** 1.5 s: enough for a lost first packet, which TCP sends again after 1 s. */
const patience = 1_500

/**
 * Tries to connect to the Git remote and to the peers. A new connection each time, since a firewall may
 * well let those go on that it would not let begin.
 */
export async function observeReach(
  { remote, peers }: HealthScope,
  system: Pick<System, 'run'>,
): Promise<Reach> {
  const [toRemote, ...toPeers] = await Promise.all([
    remote && connect(remote.host, remote.port, system),
    ...peers.map(({ address, port }) => connect(address, port, system)),
  ])
  return {
    remote: toRemote === null ? null : toRemote === 'connected',
    peers: peers.map(({ name }, index) => {
      const answer = toPeers[index] ?? null
      // A refusal comes from the peer, too: the way there and back is open
      return { name, isReachable: answer === null ? null : answer !== 'silent' }
    }),
  }
}

/**
 * By bash, which Debian always has: it looks names up as every other program on the node does. Its stdin is a socket,
 * which it takes for a remote login: without --norc it would read root's .bashrc.
 */
async function connect(
  host: string,
  port: number,
  system: Pick<System, 'run'>,
): Promise<'connected' | 'refused' | 'silent' | null> {
  const argv = ['bash', '--norc', '-c', 'exec 3<>"/dev/tcp/$0/$1"', host, String(port)]
  try {
    const { code, stderr } = await system.run(argv, { timeout: patience })
    if (code === 0) return 'connected'
    return stderr.includes('Connection refused') ? 'refused' : 'silent'
  } catch (error) {
    if (error instanceof LocalError) return null
    throw error
  }
}
