import { Agent } from 'node:http'
import type { Evidence, PeerView } from '../../peers/evidence.ts'
import type { EvidenceAccess } from '../../store/profile.ts'
import { askPeer } from './ask-peer.ts'
import type { Peer } from './ask-peer.ts'

/**
 * Milliseconds from one question to the next. A question and an answer cost about 3 ms together: asked each
 * second they would be half of what an idle agent may use.
 */
export const defaultInterval = 2_000
/** Questions without an answer until it is worth a warning: a restart of the peer is not. */
const tolerated = 3

/** A peer that is asked again and again. */
export interface AskedPeer {
  view(): PeerView
  /** Why it has not answered three times, or more, in a row; null: it has. */
  silence(): string | null
  stop(): void
}

export interface Asking {
  /** The peer has become silent, or answers again. */
  readonly onChange: () => void
  /** Milliseconds, from a clock that never jumps. */
  readonly uptime: () => number
  /** Milliseconds from one question to the next. */
  readonly interval: number
}

/** Asks a peer again and again, one question at a time, over one connection. */
export function keepAsking(
  self: string,
  peer: Peer,
  access: EvidenceAccess,
  { onChange, uptime, interval }: Asking,
): AskedPeer {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  let last: { readonly evidence: Evidence; readonly at: number } | null = null
  let problem: string | null = `${peer.name} was not asked yet`
  let failures = 0
  let silence: string | null = null
  let isStopped = false
  let timer: NodeJS.Timeout | undefined

  async function ask(): Promise<void> {
    const start = uptime()
    const answer = await askPeer(self, peer, access, agent)
    if (isStopped) return
    const now = uptime()
    if (answer.evidence === null) {
      problem = answer.problem
      failures += 1
      if (failures === tolerated) fallSilent(problem)
    } else {
      last = { evidence: answer.evidence, at: now }
      problem = null
      failures = 0
      if (silence !== null) fallSilent(null)
    }
    timer = setTimeout(() => void ask(), Math.max(0, interval - (now - start)))
  }

  function fallSilent(why: string | null): void {
    silence = why
    onChange()
  }

  void ask()
  return {
    view: () => ({
      ...peer,
      evidence: last?.evidence ?? null,
      age: last === null ? null : Math.round(uptime() - last.at),
      problem,
    }),
    silence: () => silence,
    stop() {
      isStopped = true
      clearTimeout(timer)
      agent.destroy()
    },
  }
}
