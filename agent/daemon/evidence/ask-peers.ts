import { Agent } from 'node:http'
import { isIP } from 'node:net'
import type { PeerView } from '../../peers/evidence.ts'
import type { Profile } from '../../store/profile.ts'
import { askPeer } from './ask-peer.ts'

/** What the peers prove at this moment, asked once and all at the same time: with a daemon here, or without. */
export async function askPeers({
  self,
  scope,
  evidence: access,
}: Pick<Profile, 'self' | 'scope' | 'evidence'>): Promise<readonly PeerView[]> {
  const agent = new Agent({ keepAlive: false })
  try {
    return await Promise.all(
      scope.peers.map(async ({ name, address }): Promise<PeerView> => {
        const silent = (problem: string): PeerView => {
          return { name, address, evidence: null, age: null, problem }
        }
        if (access === null) return silent('the inventory gives no evenkeel_peer_key')
        if (isIP(name) !== 0) return silent('the inventory has no host with its address')
        const answer = await askPeer(self, { name, address }, access, agent)
        if (answer.evidence === null) return silent(answer.problem)
        return { name, address, evidence: answer.evidence, age: 0, problem: null }
      }),
    )
  } finally {
    agent.destroy()
  }
}
