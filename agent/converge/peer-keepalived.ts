import type { PeerKeepalived } from '../checks/node/judge-wire-change.ts'
import type { Evidence, PeerView } from '../peers/evidence.ts'
import type { Profile } from '../store/profile.ts'

/** Asks the peers of a profile once, each as the key in it says. Never throws. */
export type AskPeers = (profile: Profile) => Promise<readonly PeerView[]>

/** On a machine that can ask nobody. */
export const askNobody: AskPeers = async ({ scope }) =>
  scope.peers.map(({ name, address }) => {
    return { name, address, evidence: null, age: null, problem: 'nobody can be asked from here' }
  })

/**
 * What the peers prove of their keepalived just now, those of the last good run among them: a commit that takes a
 * peer off, or changes the key, does not stop its keepalived.
 * @param before null: this node has had no good run
 * @param commit of this run; null: none, or not as it is in the repo
 */
export async function askForKeepalived(
  before: Profile | null,
  next: Profile,
  commit: string | null,
  ask: AskPeers,
): Promise<readonly PeerKeepalived[]> {
  const profiles = before === null ? [next] : [before, next]
  const answers = (await Promise.all(profiles.map(ask))).flat()
  const isProven = ({ evidence }: PeerView): boolean => evidence !== null
  const peers = new Map(
    [...answers.filter((view) => !isProven(view)), ...answers.filter(isProven)].map(
      (view) => [view.address, view] as const,
    ),
  )
  return [...peers.values()].map((view) => toPeerKeepalived(view, commit))
}

/** What an answer of this moment proves. */
export function toPeerKeepalived(
  { name, evidence, problem }: PeerView,
  commit: string | null,
): PeerKeepalived {
  const { keepalived } = evidence ?? {}
  return {
    name,
    isStopped: keepalived?.isRunning === false,
    version: keepalived?.version ?? null,
    isOnCommit: commit !== null && evidence?.applied?.commit === commit,
    answers: evidence !== null,
    reason: evidence === null ? `counts as running, since ${problem}` : describe(evidence),
  }
}

function describe({ keepalived, disabled, applied }: Evidence): string {
  if (keepalived === undefined) {
    return 'counts as running, since its Evenkeel does not say whether keepalived runs there (install the same one on both)'
  }
  const version = keepalived.version === null ? '' : ` ${keepalived.version}`
  const commit = applied === null ? '' : ` with ${applied.commit.slice(0, 8)}`
  const hold = disabled === null ? '' : ', though its agent is disabled'
  return `runs keepalived${version}${commit}${hold}`
}
