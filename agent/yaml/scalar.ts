/**
 * What an unquoted YAML scalar means to PyYAML, which is what Ansible reads inventories with. That is
 * YAML 1.1 with these differences: `y` and `n` are text, an exponent needs a point and a sign (`1e3` is
 * text, `1.0e+3` a number). Dates stay text here. A float without a fraction (`1.0`) can't be told from
 * an integer once it is a number: quote it where the digits matter.
 * A bigint means: an integer that a number can't hold exactly.
 * Source: the implicit resolvers of PyYAML 6.0, compared with it by test/yaml.test.ts.
 */
export function resolvePlain(text: string): unknown {
  if (nulls.test(text)) return null
  if (truths.test(text)) return true
  if (falsehoods.test(text)) return false
  const digits = text.replaceAll('_', '').replace(/^[-+]/, '')
  const sign = text.startsWith('-') ? -1n : 1n
  if (integer.test(text)) return exact(sign * BigInt(octal.test(digits) ? `0o${digits}` : digits))
  if (sexagesimalInteger.test(text)) return exact(sign * BigInt(fromBase60(digits)))
  if (sexagesimalFloat.test(text)) return Number(sign) * fromBase60(digits)
  if (infinite.test(text)) return Number(sign) * Infinity
  if (notNumber.test(text)) return NaN
  return float.test(text) ? Number(sign) * Number(digits) : text
}

/** The same for a file that is JSON throughout, which Ansible reads as JSON (`1e3` is a number there). */
export function resolveJson(text: string): unknown {
  return /^-?\d+$/.test(text) ? exact(BigInt(text)) : (JSON.parse(text) as unknown)
}

const nulls = /^(?:~|null|Null|NULL|)$/
const truths = /^(?:yes|Yes|YES|true|True|TRUE|on|On|ON)$/
const falsehoods = /^(?:no|No|NO|false|False|FALSE|off|Off|OFF)$/
const integer = /^[-+]?(?:0b_*[01][01_]*|0x_*[0-9a-fA-F][0-9a-fA-F_]*|0[0-7_]+|0|[1-9][0-9_]*)$/
const octal = /^0[0-7]+$/
const sexagesimalInteger = /^[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+$/
const sexagesimalFloat = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*$/
const float =
  /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?)$/
const infinite = /^[-+]?\.(?:inf|Inf|INF)$/
const notNumber = /^\.(?:nan|NaN|NAN)$/

function exact(integer: bigint): number | bigint {
  const number = Number(integer)
  return Number.isSafeInteger(number) ? number : integer
}

/** `1:30` is 90: minutes and seconds, or hours, minutes and seconds. */
function fromBase60(digits: string): number {
  return digits.split(':').reduce((sum, part) => sum * 60 + Number(part), 0)
}
