import { isAlias, isMap, isNode, isScalar, isSeq } from 'yaml'
import type { Alias, Node, Pair, Scalar, YAMLMap } from 'yaml'
import type { Place, Problem } from '../system/errors.ts'
import type { ValuePath } from './path.ts'
import { readScalar, refuseCollectionTag } from './tag.ts'

/** The plain values of a document, and the way back to where they are written. */
export interface Built {
  readonly value: unknown
  readonly problems: readonly Problem[]
  /** Where the value at `path`, or its nearest parent that exists, is written: offset in the text. */
  offsetOf(path: ValuePath): number
}

/** Values of one file, aliases followed: a few lines of aliases of aliases can stand for billions. */
const maximumSize = 1_000_000

/**
 * Turns the nodes of a document into plain values as PyYAML does: merge keys, aliases, tags.
 * @param scalar the meaning of an unquoted scalar
 * @param place of an offset in the text
 */
export function build(
  root: Node | null,
  scalar: (text: string) => unknown,
  place: (offset: number, path: ValuePath) => Place,
): Built {
  const problems: Problem[] = []
  const anchors = new Map<string, Node>()
  const targets = new Map<unknown, Node>()
  const values = new Map<unknown, unknown>()
  const sizes = new Map<unknown, number>()
  const pairsOf = new Map<unknown, ReadonlyMap<string, Pair>>()
  let size = 0
  return { value: visit(root, []), problems, offsetOf }

  function visit(node: unknown, path: ValuePath): unknown {
    if (isAlias(node)) return follow(node, path)
    if (!isScalar(node) && !isMap(node) && !isSeq(node)) return null
    const before = size++
    if (node.anchor !== undefined) anchors.set(node.anchor, node)
    const value = isScalar(node)
      ? visitScalar(node, path)
      : isMap(node)
        ? visitMap(node, path)
        : node.items.map((item, index) => visit(item, [...path, index]))
    const refusal = isScalar(node) ? undefined : refuseCollectionTag(node.tag)
    if (refusal !== undefined) refuse(node, path, refusal)
    values.set(node, value)
    sizes.set(node, size - before)
    return value
  }

  function follow(alias: Alias, path: ValuePath): unknown {
    const name = alias.source
    const target = anchors.get(name)
    if (target === undefined) {
      const message = `there is no anchor &${name} above; if it is text, quote it: "*${name}"`
      return refuse(alias, path, message)
    }
    if (!values.has(target)) return refuse(alias, path, `*${name} contains itself`)
    targets.set(alias, target)
    size += sizes.get(target) ?? 0
    if (size > maximumSize) return refuse(alias, path, 'too large once its aliases are followed')
    return values.get(target)
  }

  function visitScalar(node: Scalar, path: ValuePath): unknown {
    const read = readScalar(node, scalar)
    return 'value' in read ? read.value : refuse(node, path, read.refusal)
  }

  function visitMap(map: YAMLMap, path: ValuePath): unknown {
    const own = new Map<string, Pair>()
    const pairs = new Map<string, Pair>()
    for (const pair of map.items) {
      if (isScalar(pair.key) && pair.key.value === '<<' && pair.key.type === 'PLAIN') {
        visit(pair.value, path)
        for (const source of mergeSources(pair, path)) {
          for (const [key, merged] of pairsOf.get(source) ?? []) pairs.set(key, merged)
        }
        continue
      }
      const key = keyOf(pair.key, path)
      if (key === null) continue
      const here = [...path, key]
      const first = own.get(key)
      if (first === undefined) own.set(key, pair)
      else refuse(pair.key, here, `this key is here twice, first in line ${lineOf(first)}`)
      visit(pair.value, here)
    }
    for (const [key, pair] of own) pairs.set(key, pair)
    pairsOf.set(map, pairs)
    const result: Record<string, unknown> = {}
    for (const [key, pair] of pairs) {
      const value = values.get(dereference(pair.value)) ?? null
      // Assigning to __proto__ would replace the prototype.
      Object.defineProperty(result, key, { ...property, value })
    }
    return result
  }

  /** The maps that `<<` names, in the order in which they are written over each other. */
  function mergeSources(pair: Pair, path: ValuePath): readonly unknown[] {
    const source = dereference(pair.value)
    const maps = isSeq(source) ? source.items.map(dereference).toReversed() : [source]
    if (maps.every((map) => map === undefined || isMap(map))) return maps
    refuse(pair.key, path, '<< takes a map or a list of maps, such as <<: *name')
    return []
  }

  function keyOf(node: unknown, path: ValuePath): string | null {
    const key = visit(node, path)
    if (typeof key !== 'object' || key === null) return String(key)
    const isTemplate = isMap(node) && node.flow === true
    return refuse(node, path, isTemplate ? templateMessage : 'a key must be text')
  }

  function lineOf(pair: Pair): number | undefined {
    return place(startOf(pair.key), []).line
  }

  function dereference(node: unknown): unknown {
    return isAlias(node) ? targets.get(node) : node
  }

  function refuse(node: unknown, path: ValuePath, message: string): null {
    problems.push({ place: place(startOf(node), path), message })
    return null
  }

  function offsetOf(path: ValuePath): number {
    let node: unknown = root
    let offset = startOf(root)
    for (const step of path) {
      const inside = dereference(node)
      if (isMap(inside)) {
        const pair = pairsOf.get(inside)?.get(String(step))
        if (pair === undefined) break
        // The line of the key: the value may begin on the next one.
        offset = startOf(pair.key)
        node = pair.value
      } else {
        if (!isSeq(inside) || typeof step !== 'number' || !(step in inside.items)) break
        node = inside.items[step]
        offset = startOf(node)
      }
    }
    return offset
  }
}

/** For a value that starts with a template: YAML reads its braces as a map. */
export const templateMessage = 'a value that starts with {{ needs quotes: "{{ … }}"'

const property = { enumerable: true, writable: true, configurable: true }

function startOf(node: unknown): number {
  return isNode(node) ? (node.range?.[0] ?? 0) : 0
}
