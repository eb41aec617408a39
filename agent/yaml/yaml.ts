import { LineCounter, parseDocument } from 'yaml'
import { CommitError, commitError } from '../system/errors.ts'
import type { Place } from '../system/errors.ts'
import { parseJson } from '../system/parse-json.ts'
import { build } from './build.ts'
import { explainFault } from './fault.ts'
import { formatValuePath } from './path.ts'
import type { ValuePath } from './path.ts'
import { resolveJson, resolvePlain } from './scalar.ts'
import { vaultMessage } from './tag.ts'

export { isUnsafeText } from './tag.ts'
export type { UnsafeText } from './tag.ts'
export { formatValuePath } from './path.ts'
export type { ValuePath } from './path.ts'

/** A value read from YAML that remembers where each part of it was written. */
export interface Sourced {
  readonly value: unknown
  /** The place of the value at `path`, or of its nearest parent that exists. Its key is the dotted path. */
  place(path: ValuePath): Place
}

/**
 * Reads one document of YAML or JSON as Ansible does (PyYAML: `yes`, `on`, octal numbers, merge keys). An
 * empty file is null. Keys become text. `!unsafe` becomes {@link UnsafeText}.
 * @param file the name that places show, relative to the config repo
 * @throws CommitError with the first syntax error, or with every key that is there twice, unknown tag,
 * alias without an anchor
 */
export function readYaml(text: string, file: string): Sourced {
  if (text.startsWith('$ANSIBLE_VAULT')) throw commitError({ file, line: 1 }, vaultMessage)
  const lines = new LineCounter()
  const document = parseDocument(text, {
    // Every scalar stays text here: what it means is decided by our own rules.
    schema: 'failsafe',
    version: '1.1',
    resolveKnownTags: false,
    merge: false,
    uniqueKeys: false,
    lineCounter: lines,
    prettyErrors: false,
  })
  const place = (offset: number, path: ValuePath): Place => ({
    file,
    line: lines.linePos(offset).line,
    key: path.length === 0 ? undefined : formatValuePath(path),
  })
  // One mistake often makes the parser stumble several times: the first is the one to mend.
  const error = document.errors[0]
  if (error !== undefined) {
    const fault = explainFault(error, document, text)
    throw commitError(place(fault.offset, []), fault.message)
  }
  const built = build(document.contents, isJson(text) ? resolveJson : resolvePlain, place)
  if (built.problems.length > 0) throw new CommitError(built.problems)
  return {
    value: built.value,
    place: (path) => place(built.offsetOf(path), path),
  }
}

function isJson(text: string): boolean {
  return /^\s*[{[]/.test(text) && parseJson(text) !== null
}
