/**
 * Which folder may import which. The order is that of the data: from the machine, by what a config repo says,
 * to what an operator reads. A file may import from its own folder and from those before it.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

const agent = join(import.meta.dirname, '../agent')

/** Lowest first. `main.ts` is above all of them, and the only file beside them. */
const layers = [
  'system',
  'yaml',
  'diagnostics',
  'programs',
  'facts',
  'inventory',
  'source',
  'config',
  'resources',
  'roles',
  'checks',
  'plan',
  'report',
  'health',
  'store',
  'apply',
  'peers',
  'converge',
  'watch',
  'daemon',
  'cli',
]

/** Imports that the order forbids, each with the reason why it stays. */
const exceptions: Readonly<Record<string, string>> = {}

/** What only knows other programs must work on text alone: no files, processes or sockets. */
const pure = 'programs'
const impure = /^node:(?:fs|child_process|http|https|dgram|worker_threads)/

/**
 * What others may have of `resources/`: the contract, the list, and what is known of systemd, sysctl, iptables and
 * files without any kind. Whoever has to know more of a resource asks its effects.
 */
const resourceFaces = [
  'change.ts',
  'effects.ts',
  'index.ts',
  'kind.ts',
  'undo.ts',
  'iptables/read-table.ts',
  'service/fingerprint.ts',
  'service/listening.ts',
  'service/missing-listener.ts',
  'service/unit-log.ts',
  'sysctl/key.ts',
]

interface SourceFile {
  /** Path below `agent/`. */
  readonly path: string
  /** Paths below `agent/`. */
  readonly imports: readonly string[]
  /** Packages and modules of Node. */
  readonly modules: readonly string[]
}

const files = readdirSync(agent, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map(readSource)

test('each folder has a layer', () => {
  const folders = new Set(files.map(({ path }) => folderOf(path)))
  folders.delete('.')
  assert.equal([...folders].sort(), [...layers].sort())
  const atRoot = files.filter(({ path }) => folderOf(path) === '.').map(({ path }) => path)
  assert.equal(atRoot, ['main.ts'])
})

test('imports lead to lower layers only', () => {
  const upwards = files.flatMap(({ path, imports }) =>
    imports
      .filter((target) => rank(target) > rank(path))
      .map((target) => `${path} -> ${target}`)
      .filter((edge) => !(edge in exceptions)),
  )
  assert.equal(upwards, [])
})

test('every exception is in use', () => {
  const edges = new Set(
    files.flatMap(({ path, imports }) => imports.map((target) => `${path} -> ${target}`)),
  )
  assert.equal(
    Object.keys(exceptions).filter((edge) => !edges.has(edge)),
    [],
  )
})

test('no file imports itself by way of others', () => {
  assert.equal(findCircles(), [])
})

test('what knows other programs touches nothing', () => {
  const found = files
    .filter(({ path }) => folderOf(path) === pure)
    .flatMap(({ path, modules }) =>
      modules.filter((name) => impure.test(name)).map((name) => `${path} -> ${name}`),
    )
  assert.equal(found, [])
})

test('nobody outside knows a kind', () => {
  const faces = new Set(resourceFaces.map((face) => `resources/${face}`))
  const asked = files
    .filter(({ path }) => folderOf(path) !== 'resources')
    .flatMap(({ path, imports }) =>
      imports
        .filter((target) => folderOf(target) === 'resources')
        .map((target) => ({ edge: `${path} -> ${target}`, target })),
    )
  assert.equal(
    asked.filter(({ target }) => !faces.has(target)).map(({ edge }) => edge),
    [],
  )
  const used = new Set(asked.map(({ target }) => target))
  assert.equal(
    [...faces].filter((face) => !used.has(face)),
    [],
  )
})

function readSource(path: string): SourceFile {
  const text = readFileSync(join(agent, path), 'utf8')
  const named = [...text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*'([^']+)'/g)].map(
    ([, name = '']) => name,
  )
  const isOurs = (name: string): boolean => name.startsWith('.')
  return {
    path,
    imports: named.filter(isOurs).map((name) => relative(agent, join(agent, dirname(path), name))),
    modules: named.filter((name) => !isOurs(name)),
  }
}

function folderOf(path: string): string {
  return path.includes('/') ? (path.split('/')[0] ?? '') : '.'
}

function rank(path: string): number {
  const folder = folderOf(path)
  return folder === '.' ? layers.length : layers.indexOf(folder)
}

/** Files that reach themselves, each circle once, by depth-first search. */
function findCircles(): readonly string[] {
  const byPath = new Map(files.map((file) => [file.path, file]))
  const done = new Set<string>()
  const circles: string[] = []
  for (const { path } of files) visit(path, [])
  return circles

  function visit(path: string, above: readonly string[]): void {
    const at = above.indexOf(path)
    if (at >= 0) {
      circles.push([...above.slice(at), path].join(' -> '))
      return
    }
    if (done.has(path)) return
    for (const target of byPath.get(path)?.imports ?? []) visit(target, [...above, path])
    done.add(path)
  }
}

test.run()
