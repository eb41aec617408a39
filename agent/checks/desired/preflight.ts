import type { Finding } from '../finding.ts'
import type { PreflightInput, Rule } from './rule.ts'
import { bindTwice } from './rules/bind-twice.ts'
import { checkTwice } from './rules/check-twice.ts'
import { addressInvalid } from './rules/address-invalid.ts'
import { equalPriorities } from './rules/equal-priorities.ts'
import { firewallDrops } from './rules/firewall-drops.ts'
import { nameTwice } from './rules/name-twice.ts'
import { noVrrpInstance } from './rules/no-vrrp-instance.ts'
import { peerIsSelf } from './rules/peer-is-self.ts'
import { peerKey } from './rules/peer-key.ts'
import { trackOwnInterface } from './rules/track-own-interface.ts'
import { vipNoHost } from './rules/vip-no-host.ts'
import { vipPrefixLength } from './rules/vip-prefix-length.ts'
import { vipTaken } from './rules/vip-taken.ts'
import { vipTwice } from './rules/vip-twice.ts'
import { vipUntracked } from './rules/vip-untracked.ts'
import { vrrpAddressName } from './rules/vrrp-address-name.ts'
import { vrrpPassword } from './rules/vrrp-password.ts'

/** Every rule, in the order of the report. A new rule is one file and one line here. */
export const preflightRules: readonly Rule[] = [
  addressInvalid,
  nameTwice,
  noVrrpInstance,
  peerIsSelf,
  vrrpAddressName,
  vrrpPassword,
  vipTaken,
  vipNoHost,
  vipTwice,
  vipPrefixLength,
  vipUntracked,
  trackOwnInterface,
  equalPriorities,
  bindTwice,
  checkTwice,
  firewallDrops,
  peerKey,
]

/** Everything that the rules find in the desired state of one host, errors first. */
export function preflight(input: PreflightInput): readonly Finding[] {
  const findings = preflightRules.flatMap((rule) => rule.check(input))
  return [
    ...findings.filter((finding) => finding.level === 'error'),
    ...findings.filter((finding) => finding.level === 'warning'),
  ]
}
