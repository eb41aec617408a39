import { familyOf } from '../../../programs/address.ts'
import type { ValuePath } from '../../../yaml/yaml.ts'
import type { Finding } from '../../finding.ts'
import type { PreflightInput, Rule } from '../rule.ts'

/**
 * What looks like an IPv4 address but is none, such as 192.0.2.321. haproxy and others take it for a name, and look
 * for it in DNS; a VIP would get no instance at all.
 */
export const addressInvalid: Rule = { id: 'address-invalid', check }

/** Variables that hold addresses: those of the built-in roles, and Ansible's own. */
const holdsAddresses = /^(?:haproxy|keepalived|iptables|rsyslog)_|^ansible_host$/

/** A value that is one address, with a port or the length of a prefix; words such as `dev eth0` may follow. */
const form = /^\[?(\d{1,3}(?:\.\d{1,3}){3})\]?(?::(\d{1,6}))?(?:\/(\d{1,3}))?(?:\s.*)?$/

function check({ self }: PreflightInput): readonly Finding[] {
  return [...(self.variables ?? [])].flatMap(([name, variable]) => {
    if (!holdsAddresses.test(name)) return []
    return textsOf(variable.value, []).flatMap(([path, text]): readonly Finding[] => {
      const fault = faultOf(text)
      const place = variable.place(path)
      return fault === null
        ? []
        : [{ rule: addressInvalid.id, level: 'error', place, message: fault }]
    })
  })
}

function faultOf(text: string): string | null {
  const [, address, port = '0', length = '0'] = form.exec(text.trim()) ?? []
  if (address === undefined) return null
  if (familyOf(address) === null) {
    return `${address} is not an address: each of its four numbers is at most 255, without a leading zero`
  }
  if (Number(port) > 65535) return `${port} is not a port: the highest one is 65535`
  return Number(length) > 32
    ? `/${length} is not the length of an IPv4 prefix: write 0 to 32, for a VIP ${address}/32`
    : null
}

function textsOf(value: unknown, path: ValuePath): readonly (readonly [ValuePath, string])[] {
  if (typeof value === 'string') return [[path, value]]
  if (Array.isArray(value)) return value.flatMap((item, index) => textsOf(item, [...path, index]))
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, item]) => textsOf(item, [...path, key]))
}
