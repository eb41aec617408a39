import { familyOf } from '../../../programs/address.ts'
import type { Flow } from '../flow.ts'
import { addressOf } from '../host-address.ts'
import type { PreflightInput } from '../rule.ts'
import { servedSteps, usedSteps } from './connection.ts'

/** Peers that have a key ask each other for evidence, in both directions. */
export function evidenceFlows({
  self,
  peers,
  evidencePort = 9721,
}: PreflightInput): readonly Flow[] {
  if (evidencePort === null) return []
  return peers.flatMap((peer): readonly Flow[] => {
    const theirAddress = peer.addresses.find((it) => familyOf(it) !== null)
    const family = theirAddress === undefined ? null : familyOf(theirAddress)
    if (theirAddress === undefined || family === null) return []
    const address = addressOf(self, family) ?? undefined
    const common = { family, protocol: 'tcp', port: evidencePort, address } as const
    const own = {
      ...common,
      name: `the evidence port ${evidencePort} from ${peer.host} (${theirAddress})`,
    }
    const theirs = {
      ...common,
      name: `the evidence port ${evidencePort} of ${peer.host} (${theirAddress})`,
    }
    return [
      {
        level: 'warning',
        consequence: `${peer.host} could not see what ${self.host} has proven, and would hold every new commit`,
        steps: servedSteps(own, theirAddress),
        warnsOfDoubt: true,
      },
      {
        level: 'warning',
        consequence: `${self.host} could not see what ${peer.host} has proven, and would hold every new commit`,
        steps: usedSteps(theirs, theirAddress),
        warnsOfDoubt: true,
      },
    ]
  })
}
