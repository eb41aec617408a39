/** What stands in place of a secret. */
export const hidden = '********'

/** A value as the files of haproxy and others write it: quoted, or up to the next blank. */
const value = String.raw`(?:'(?:[^']|'\\'')*'|"(?:[^"\\]|\\.)*"|(?:\\.|\S)+)`

/** What stands before a secret in configuration files. The first group stays. */
const fields: readonly RegExp[] = [
  // keepalived: the rest of the line
  /^(\s*auth_pass\s+)\S.*$/gm,
  // haproxy: users of a userlist, of the stats page, and requests that log in somewhere
  new RegExp(String.raw`((?:^|\s)(?:insecure-)?password\s+)${value}`, 'gm'),
  new RegExp(String.raw`(\bstats\s+auth\s+)${value}`, 'g'),
  /(\b(?:proxy-)?authorization['"]?[ :,]+\(?['"]?(?:basic|bearer)\s+)[^\s'"),]+/gi,
  // `key = value` and `key: value` of many programs
  new RegExp(
    String.raw`^(\s*(?:export\s+)?['"]?[\w.-]*(?:passw(?:or)?d|passphrase|secret|token|api[_-]?key|private[_-]?key)['"]?\s*[:=]\s*)${value}.*$`,
    'gim',
  ),
]

/** Hides the values of known fields of a configuration file. */
export function maskFields(content: string): string {
  return fields.reduce((text, field) => text.replaceAll(field, `$1${hidden}`), content)
}

const logins: readonly (readonly [RegExp, string])[] = [
  // https has no login but a secret one: a token may stand where the user does
  [/(\bhttps?:\/\/)[^\s/@'"]+@/gi, `$1${hidden}@`],
  [/(\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@'"]*:)[^\s/@'"]+@/gi, `$1${hidden}@`],
  [
    /(-----BEGIN [A-Z ]*PRIVATE KEY-----)[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g,
    `$1 ${hidden} $2`,
  ],
]

/** Hides logins in addresses, and private keys, in any text. */
export function maskLogins(text: string): string {
  return logins.reduce((masked, [pattern, shown]) => masked.replaceAll(pattern, shown), text)
}
