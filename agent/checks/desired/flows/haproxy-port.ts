import { readListeners } from '../../../programs/haproxy/listeners.ts'
import type { Firewall } from '../../../programs/netfilter/firewall.ts'
import { overFamily } from '../flow.ts'
import type { Flow } from '../flow.ts'
import { readDesiredHaproxy } from '../haproxy-desired.ts'
import { isLocal, usesFamily } from '../host-address.ts'
import type { PreflightInput } from '../rule.ts'
import { eachAddress, servedSteps } from './connection.ts'

/** A port that haproxy opens for visitors should be open for somebody. */
export function haproxyPortFlows({ self }: PreflightInput, firewall: Firewall): readonly Flow[] {
  return readListeners(readDesiredHaproxy(self))
    .filter(({ isPublic, address }) => isPublic && (address === null || !isLocal(address)))
    .flatMap((listener) => listener.families.map((family) => ({ ...listener, family })))
    .filter(({ address, family }) => address !== null || usesFamily(self, family))
    .map((listener): Flow => {
      const { family, protocol, address, first, last, text, file, line, isCertain } = listener
      const served = {
        family,
        protocol,
        port: { first, last },
        address: address ?? undefined,
        name: `"${text}" (${file}:${line})${overFamily(family)}`,
      }
      return {
        level: 'warning',
        consequence: `haproxy ${isCertain ? 'would' : 'may'} listen there and get no request`,
        steps: servedSteps(served, undefined),
        attempts: eachAddress(firewall, family, self, (client) => servedSteps(served, client)),
        warnsOfDoubt: false,
      }
    })
}
