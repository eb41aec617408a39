import { readHaproxyBinds } from '../../../programs/haproxy/haproxy-bind.ts'
import type { Firewall } from '../../../programs/netfilter/packet-walk.ts'
import { overFamily } from '../flow.ts'
import type { Flow } from '../flow.ts'
import { isLocal, usesFamily } from '../host-address.ts'
import type { PreflightInput } from '../rule.ts'
import { eachAddress, servedSteps } from './connection.ts'

/** A port that haproxy opens should be open for somebody. */
export function haproxyPortFlows({ self }: PreflightInput, firewall: Firewall): readonly Flow[] {
  return [...self.files]
    .filter(([path]) => /^\/etc\/haproxy\/.*\.cfg$/.test(path))
    .flatMap(([path, file]) =>
      readHaproxyBinds(file.text)
        .filter(({ address }) => address === null || !isLocal(address))
        .filter(({ address, family }) => address !== null || usesFamily(self, family))
        .map((bind): Flow => {
          const { family, protocol, first, last } = bind
          const served = {
            family,
            protocol,
            port: { first, last },
            address: bind.address ?? undefined,
            name: `"bind ${bind.text}" (${path}:${bind.line})${overFamily(family)}`,
          }
          return {
            level: 'warning',
            consequence: 'haproxy would listen there and get no request',
            steps: servedSteps(served, undefined),
            attempts: eachAddress(firewall, family, self, (client) => servedSteps(served, client)),
            warnsOfDoubt: false,
          }
        }),
    )
}
