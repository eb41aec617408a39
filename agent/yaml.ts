import { isCollection, isNode, LineCounter, parseDocument } from 'yaml'
import type { Document } from 'yaml'
import { CommitError } from './errors.ts'
import type { Place } from './errors.ts'

/** Keys and indexes that lead to a value inside a document. */
export type ValuePath = readonly (string | number)[]

/** A value read from YAML that remembers where each part of it was written. */
export interface Sourced {
  readonly value: unknown
  /** The place of the value at `path`, or of its nearest parent that exists. Its key is the dotted path. */
  place(path: ValuePath): Place
}

/** `a.b[0].c`, as people write paths of values. */
export function formatValuePath(path: ValuePath): string {
  return path
    .map((step, index) =>
      typeof step === 'number' ? `[${step}]` : index === 0 ? step : `.${step}`,
    )
    .join('')
}

/**
 * Reads one YAML document as Ansible does (YAML 1.1: `yes`, `on`, octal numbers). An empty file is null.
 * @param file the name that places show, relative to the config repo
 * @throws CommitError with every syntax error and duplicate key
 */
export function readYaml(text: string, file: string): Sourced {
  const lines = new LineCounter()
  const document = parseDocument(text, {
    version: '1.1',
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: true,
  })
  const faults = [...document.errors, ...document.warnings]
  if (faults.length > 0) {
    throw new CommitError(
      faults.map((fault) => ({
        place: { file, line: lines.linePos(fault.pos[0]).line },
        message: fault.message,
      })),
    )
  }
  return {
    value: document.toJS() as unknown,
    place: (path) => ({ file, line: lineOf(document, lines, path), key: formatValuePath(path) }),
  }
}

function lineOf(document: Document, lines: LineCounter, path: ValuePath): number | undefined {
  for (let length = path.length; length >= 0; length--) {
    const line = lineOfKey(document, lines, path.slice(0, length))
    if (line !== undefined) return line
  }
  return undefined
}

/** The line of a map's key rather than of its value, which may begin on the next line. */
function lineOfKey(document: Document, lines: LineCounter, path: ValuePath): number | undefined {
  const parent = document.getIn(path.slice(0, -1), true)
  const last = path.at(-1)
  if (isCollection(parent) && last !== undefined) {
    for (const item of parent.items) {
      if (typeof item === 'object' && item !== null && 'key' in item) {
        const key: unknown = item.key
        if (isNode(key) && key.toJSON() === last && key.range) return lines.linePos(key.range[0]).line
      }
    }
  }
  const node = document.getIn(path, true)
  return isNode(node) && node.range ? lines.linePos(node.range[0]).line : undefined
}
