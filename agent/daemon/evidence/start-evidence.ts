import { isIP } from 'node:net'
import type { Log } from '../../diagnostics/log.ts'
import type { Evidence, PeerView } from '../../peers/evidence.ts'
import type { Profile } from '../../store/profile.ts'
import type { Peer } from './ask-peer.ts'
import { defaultInterval, keepAsking } from './keep-asking.ts'
import type { AskedPeer } from './keep-asking.ts'
import { serveEvidence } from './serve-evidence.ts'
import type { EvidenceServer } from './serve-evidence.ts'

/** The agents of a pair telling each other where they stand. */
export interface EvidenceExchange {
  /** What the peers have proven; none without a key. */
  peers(): readonly PeerView[]
  /** Why peers can't ask this node; null: they can, or there is no key. */
  problem(): string | null
  /** Goes by another profile from now on. What is the same in it goes on undisturbed. */
  update(profile: Profile | null): void
  stop(): Promise<void>
}

export interface ExchangeOptions {
  /** null: no run has come that far; then nobody asks, and nobody is asked. */
  readonly profile: Profile | null
  /** This node's own evidence, as of now. */
  readonly compose: () => Promise<Evidence>
  readonly log: Log
  /** Milliseconds from one question to the next. Default: 2000. */
  readonly interval?: number
}

const notYet = 'evidence is not served yet'

/** Serves this node's evidence and asks the peers for theirs, until it is stopped. Never throws. */
export function startEvidence(options: ExchangeOptions): EvidenceExchange {
  const { compose, log, interval = defaultInterval } = options
  const asking = { log, interval, uptime: () => performance.now() }
  let served: { readonly key: string; readonly server: EvidenceServer | null } | null = null
  let changing = Promise.resolve()
  let asked: ReadonlyMap<string, AskedPeer> = new Map()

  async function serve(profile: Profile | null): Promise<void> {
    const { self = '', evidence: access = null } = profile ?? {}
    const key = JSON.stringify([self, access])
    if (served?.key === key) return
    await served?.server?.stop()
    served = { key, server: access && serveEvidence({ self, access, compose }) }
  }

  function update(profile: Profile | null): void {
    const before = asked
    const next = new Map<string, AskedPeer>()
    if (profile !== null && profile.evidence !== null) {
      const { self, evidence: access } = profile
      for (const peer of namedPeers(profile)) {
        const key = JSON.stringify([self, access, peer])
        next.set(key, before.get(key) ?? keepAsking(self, peer, access, asking))
      }
    }
    asked = next
    for (const [key, peer] of before) if (!asked.has(key)) peer.stop()
    changing = changing.then(() => serve(profile))
  }

  update(options.profile)
  return {
    peers: () => [...asked.values()].map((peer) => peer.view()),
    problem: () => (served === null ? notYet : (served.server?.problem() ?? null)),
    update,
    async stop() {
      for (const peer of asked.values()) peer.stop()
      await changing
      await served?.server?.stop()
    },
  }
}

/** A peer that is known by its address alone could not be told from another: names are what is proven. */
function namedPeers({ scope }: Profile): readonly Peer[] {
  return scope.peers
    .filter(({ name }) => isIP(name) === 0)
    .map(({ name, address }) => ({ name, address }))
}
