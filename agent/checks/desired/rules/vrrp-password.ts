import type { Finding } from '../../finding.ts'
import { readDesiredKeepalived } from '../keepalived-desired.ts'
import type { PreflightInput, Rule } from '../rule.ts'
import { placeOfInstance } from '../variable-place.ts'

/**
 * A VRRP password that does not do what it seems to: version 2 sends its first 8 bytes, and version 3 none
 * (vrrp_parser.c, RFC 5798). `keepalived -t` refuses both, on the node alone.
 */
export const vrrpPassword: Rule = { id: 'vrrp-password', check }

/** Bytes. */
const longest = 8

function check({ self }: PreflightInput): readonly Finding[] {
  const instances = readDesiredKeepalived(self)?.instances ?? []
  return instances.flatMap(({ name, version, password, file, place }): readonly Finding[] => {
    if (password === null) return []
    const own = placeOfInstance(self, name, (item) =>
      'auth_pass' in item ? ['auth_pass'] : ['extra'],
    )
    const where = own === null ? `${file}:${password.line} ` : ''
    const find = (message: string): readonly Finding[] => [
      {
        rule: vrrpPassword.id,
        level: 'error',
        place: own ?? place,
        message: `${where}auth_pass of ${name} ${message}`,
      },
    ]
    if (version !== 2) {
      return find(
        `has no effect, since VRRP version ${version} knows no passwords: leave it out, or write "version: 2" if the other nodes have that`,
      )
    }
    const bytes = Buffer.from(password.value)
    if (bytes.length <= longest) return []
    const used = bytes.subarray(0, longest).toString()
    return find(
      `has ${bytes.length} characters, of which VRRP uses the first ${longest}: write "${used}"; for other nodes nothing changes by that`,
    )
  })
}
