import type { Finding } from '../../finding.ts'
import { readDesiredKeepalived } from '../keepalived-desired.ts'
import type { PreflightInput, Rule } from '../rule.ts'
import { placeOfInstance } from '../variable-place.ts'

/**
 * An instance that tracks its own interface: keepalived ignores the line and says so (vrrp_track.c), since it follows
 * that interface anyway. Many public configurations have it.
 */
export const trackOwnInterface: Rule = { id: 'track-own-interface', check }

function check({ self }: PreflightInput): readonly Finding[] {
  const instances = readDesiredKeepalived(self)?.instances ?? []
  return instances.flatMap(({ name, interface: own, trackInterfaces, file, place }) =>
    trackInterfaces
      .filter(({ value }) => value === own?.value)
      .map(({ value, line }): Finding => ({
        rule: trackOwnInterface.id,
        level: 'warning',
        place: placeOfInstance(self, name, () => ['extra']) ?? place,
        message: `${file}:${line} ${name} tracks ${value}, its own interface: keepalived ignores that, since it follows it anyway; leave it out`,
      })),
  )
}
