import type { Place } from '../../../system/errors.ts'
import type { Finding } from '../../finding.ts'
import type { PreflightInput, Rule } from '../rule.ts'

/** Hosts that share a VRRP instance, and whose agents can't prove to each other where they stand. */
export const peerKey: Rule = { id: 'peer-key', check }

/** What the key of the sample inventory begins with. */
const placeholder = 'change-me'
const name = 'evenkeel_peer_key'
const unset: Place = { file: 'inventory/group_vars', key: name }

function check({ self, peers }: PreflightInput): readonly Finding[] {
  const [first] = peers
  if (first === undefined) return []
  const { peerKey: key } = self
  const blind = `${self.host} and ${first.host} would know nothing of each other`
  if (key === undefined) {
    return warn(
      unset,
      `is not set: ${blind}; set it for both to what "openssl rand -hex 32" prints`,
    )
  }
  const other = peers.find((peer) => peer.peerKey?.value !== key.value)
  if (other !== undefined) {
    const what = other.peerKey === undefined ? 'has none' : 'has another one'
    return warn(
      key.place,
      `is not the key of ${other.host}, which ${what}: they would know nothing of each other; write it once, for the group of both`,
    )
  }
  if (!key.value.startsWith(placeholder)) return []
  return warn(
    key.place,
    'is the key of the sample, which everybody knows, and could speak for a peer with; replace it by what "openssl rand -hex 32" prints',
  )
}

function warn(place: Place, message: string): readonly Finding[] {
  return [{ rule: peerKey.id, level: 'warning', place, message }]
}
