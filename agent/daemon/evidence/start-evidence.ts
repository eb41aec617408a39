import { isIP } from 'node:net'
import { warn } from '../../diagnostics/warning.ts'
import type { Evidence, PeerView } from '../../peers/evidence.ts'
import type { Profile } from '../../store/profile.ts'
import type { DaemonContext } from '../context.ts'
import type { Part } from '../part.ts'
import type { Peer } from './ask-peer.ts'
import { defaultInterval, keepAsking } from './keep-asking.ts'
import type { AskedPeer } from './keep-asking.ts'
import { notYet, serveEvidence } from './serve-evidence.ts'
import type { EvidenceServer } from './serve-evidence.ts'

/** The agents of a pair telling each other where they stand. */
export interface EvidenceExchange extends Part {
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
  /** This node's own evidence, as of now. @param self its name in the inventory */
  readonly compose: (self: string) => Promise<Evidence>
  readonly warnings: DaemonContext['warnings']
  /** Milliseconds from one question to the next. Default: 2000. */
  readonly interval?: number
}

/** Serves this node's evidence and asks the peers for theirs, until it is stopped. Never throws. */
export function startEvidence(options: ExchangeOptions): EvidenceExchange {
  const { compose, warnings, interval = defaultInterval } = options
  const asking = { onChange: tellWarnings, interval, uptime: () => performance.now() }
  let served: { readonly key: string; readonly server: EvidenceServer | null } | null = null
  let changing = Promise.resolve()
  let asked: ReadonlyMap<string, AskedPeer> = new Map()
  let hasKey = false

  async function serve(profile: Profile | null): Promise<void> {
    const { self = '', evidence: access = null } = profile ?? {}
    const key = JSON.stringify([self, access])
    if (served?.key === key) return
    await served?.server?.stop()
    const options = access && { self, access, compose, onChange: tellWarnings }
    served = { key, server: options && serveEvidence(options) }
    tellWarnings()
  }

  function update(profile: Profile | null): void {
    const before = asked
    const next = new Map<string, AskedPeer>()
    const { self = '', evidence: access = null } = profile ?? {}
    hasKey = access !== null
    if (profile !== null && access !== null) {
      for (const peer of namedPeers(profile)) {
        const key = JSON.stringify([self, access, peer])
        next.set(key, before.get(key) ?? keepAsking(self, peer, access, asking))
      }
    }
    asked = next
    for (const [key, peer] of before) if (!asked.has(key)) peer.stop()
    changing = changing.then(() => serve(profile))
  }

  function tellWarnings(): void {
    const silences = [...asked.values()].flatMap((peer) => peer.silence() ?? [])
    const unserved = problem()
    const isUnserved = unserved !== null && unserved !== notYet
    warnings.set('evidence', [
      ...silences.map((sentence) => warn('peer-silent', sentence)),
      ...(isUnserved ? [warn('evidence-unserved', `no peer can ask here: ${unserved}`)] : []),
    ])
  }

  function peers(): readonly PeerView[] {
    return [...asked.values()].map((peer) => peer.view())
  }

  function problem(): string | null {
    return served === null ? notYet : (served.server?.problem() ?? null)
  }

  update(options.profile)
  return {
    peers,
    problem,
    update,
    status: () => ({ peers: hasKey ? peers() : null, unheard: problem() }),
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
