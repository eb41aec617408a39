import type { Finding } from '../../finding.ts'
import type { PreflightInput, Rule } from '../rule.ts'

/**
 * A role of the user's own runs haproxy, and nobody has said whether the VIPs follow it: without the role haproxy
 * they do not, so that a node whose haproxy has died keeps them.
 */
export const vipUntracked: Rule = { id: 'vip-untracked', check }

function check({ self }: PreflightInput): readonly Finding[] {
  return (self.untracked ?? []).map(({ name, place }) => ({
    rule: vipUntracked.id,
    level: 'warning',
    place,
    message: `${self.host} runs haproxy by another role than "haproxy", and the VIPs of ${name} do not follow it: they would stay on a node whose haproxy has died; set track: yes (or no, if that is meant)`,
  }))
}
