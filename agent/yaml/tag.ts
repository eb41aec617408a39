import type { Scalar } from 'yaml'

/** Text that is never a template: Ansible's `!unsafe`, in the form that Ansible's JSON has for it. */
export interface UnsafeText {
  readonly __ansible_unsafe: string
}

/** Whether a value is text that must be used as it stands. */
export function isUnsafeText(value: unknown): value is UnsafeText {
  return typeof value === 'object' && value !== null && '__ansible_unsafe' in value
}

/** What a tagged scalar stands for, or why it can't be read. */
export type TaggedValue = { readonly value: unknown } | { readonly refusal: string }

/**
 * The value of a scalar by its tag: `!!str`, `!!int`, …, and Ansible's `!unsafe` and `!vault`.
 * @param plain the meaning of a scalar without quotes and tag
 */
export function readScalar(node: Scalar, plain: (text: string) => unknown): TaggedValue {
  const text = String(node.value)
  const tag = shorten(node.tag ?? '!')
  if (tag === '!unsafe') return { value: { __ansible_unsafe: text } satisfies UnsafeText }
  if (tag === '!vault' || tag === '!vault-encrypted') return { refusal: vaultMessage }
  if (tag === '!!str' || (tag === '!' && node.type !== 'PLAIN')) return { value: text }
  const value = plain(text)
  if (typeof value === 'bigint') return { refusal: 'too large for a number: quote it' }
  if (tag === '!' || types[tag] === (value === null ? 'null' : typeof value)) return { value }
  return { refusal: `the tag ${tag} can't be read here; if it is text, quote it` }
}

/** Why the tag of a list or map can't be read; undefined when it can. */
export function refuseCollectionTag(tag: string | undefined): string | undefined {
  const short = shorten(tag ?? '!')
  if (['!', '!!map', '!!seq'].includes(short)) return undefined
  return `the tag ${short} is not supported: write a plain list or map`
}

export const vaultMessage =
  'Ansible Vault is not supported yet: write the plain value, in a repository that only the nodes can read'

const types: Readonly<Record<string, string>> = {
  '!!int': 'number',
  '!!float': 'number',
  '!!bool': 'boolean',
  '!!null': 'null',
}

function shorten(tag: string): string {
  return tag.replace('tag:yaml.org,2002:', '!!')
}
