import type { Finding } from '../../finding.ts'
import { keepalivedConfigPath, readDesiredKeepalived } from '../keepalived-desired.ts'
import type { PreflightInput, Rule } from '../rule.ts'

/**
 * A keepalived.conf without any VRRP instance: the node would give up every VIP. `keepalived -t` calls an
 * empty file fine (exit 0).
 */
export const noVrrpInstance: Rule = { id: 'no-vrrp-instance', check }

function check({ self }: PreflightInput): readonly Finding[] {
  const keepalived = readDesiredKeepalived(self)
  if (keepalived === null || keepalived.instances.length > 0) return []
  const { place, text, unknownIncludes } = keepalived
  const [include] = unknownIncludes
  if (include !== undefined) {
    return [
      {
        rule: noVrrpInstance.id,
        level: 'warning',
        place,
        message: `${keepalivedConfigPath} holds no vrrp_instance itself, and "include ${include.value}" (line ${include.line}) names no file of the desired state: if that holds none either, ${self.host} gives up every VIP; let a task write the included file too`,
      },
    ]
  }
  const fault = text.trim() === '' ? 'is empty' : 'holds no vrrp_instance'
  return [
    {
      rule: noVrrpInstance.id,
      level: 'error',
      place,
      message: `${keepalivedConfigPath} ${fault}: keepalived would start, say nothing and hold no VIP on ${self.host}; describe at least one VRRP instance, or take the role off this host`,
    },
  ]
}
