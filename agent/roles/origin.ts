import type Handlebars from 'handlebars'
import { commitError } from '../system/errors.ts'
import type { CommitError, Place } from '../system/errors.ts'

/** Parameter that carries the origin of a call into the compiled code: a name that no template can write. */
const originKey = 'evenkeel origin'

/** What Handlebars hands to a helper besides its arguments. */
export type HelperOptions = Handlebars.HelperOptions

/** The error for an argument that does not exist. */
export function undefinedAt(options: HelperOptions): CommitError {
  return atOrigin(options, 'not defined; define it, or test it with (defined …)')
}

/** An error of a call, at the place where the call was written. */
export function atOrigin(options: HelperOptions, message: string): CommitError {
  const [file = '', line = '1', key = ''] = String(options.hash[originKey]).split('\n')
  return commitError({ file, line: Number(line), key }, message)
}

/** The call's own named parameters plus where it was written and its text. */
export function withOrigin(
  node: { hash: hbs.AST.Hash | undefined; loc: hbs.AST.SourceLocation },
  lines: readonly string[],
  place: Place,
): hbs.AST.Hash {
  const { loc } = node
  const first = lines[loc.start.line - 1] ?? ''
  const end = loc.end.line === loc.start.line ? loc.end.column : first.length
  // A block's location spans its whole body: its opening tag is what a person looks for.
  const source = first.slice(loc.start.column, end).replace(/^(\{\{[#^].*?\}\}).*/, '$1')
  const origin = `${place.file}\n${(place.line ?? 1) + loc.start.line - 1}\n${place.key ?? source}`
  const value = { type: 'StringLiteral', value: origin, original: origin, loc }
  const pair = { type: 'HashPair', key: originKey, value, loc } as unknown as hbs.AST.HashPair
  const own = node.hash?.pairs.filter((other) => other.key !== originKey) ?? []
  return { type: 'Hash', pairs: [...own, pair], loc }
}
