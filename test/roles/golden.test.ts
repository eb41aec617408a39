/**
 * Every file of every host of the sample, compared with test/golden. A folder TOPOLOGY/HOST holds the
 * node's files and files.txt, a list of them; but of lb2, web2 and all of master-backup it holds only what
 * differs from lb1, web1 and master-master. Changes that are meant are accepted by
 * `UPDATE_GOLDEN=1 node --import tsx test/roles/golden.test.ts`; Git then shows them.
 */
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { formatMode } from '../../agent/resources/file/mode.ts'
import type { FileWrite } from '../../agent/resources/kind.ts'
import { sampleFiles } from './sample-files.ts'

/** Texts by path. */
type Texts = ReadonlyMap<string, string>

const folder = join(import.meta.dirname, '../golden')
const hint =
  'if that is meant, run UPDATE_GOLDEN=1 node --import tsx test/roles/golden.test.ts and commit test/golden'

const rendered = await render()
if (process.env['UPDATE_GOLDEN'] === '1') store(rendered)
const golden = load()

test('the sample has four hosts, and its topologies differ in keepalived', () => {
  const hosts = [...rendered.keys()].filter((name) => /^master-master\/\w+\/files.txt$/.test(name))
  assert.is(hosts.length, 2, 'lb2 has the same files as lb1, and web2 as web1')
  for (const name of ['master-master/lb2', 'master-backup/lb1', 'master-backup/lb2']) {
    assert.ok(rendered.has(`${name}/etc/keepalived/keepalived.conf`), name)
  }
  assert.ok(rendered.has('master-master/web2/srv/www/www/index.html'))
})

for (const name of new Set([...golden.keys(), ...rendered.keys()])) {
  test(name, () => {
    const text = rendered.get(name)
    const stored = golden.get(name)
    if (text === undefined) throw new Error(`no longer rendered, or like its base; ${hint}`)
    if (stored === undefined) throw new Error(`not in test/golden; ${hint}:\n${text}`)
    assert.fixture(text, stored, `differs from test/golden; ${hint}`)
  })
}

/** What test/golden should hold. */
async function render(): Promise<Texts> {
  const found = new Map<string, string>()
  const pair = await textsOf('master-master')
  for (const [host, texts] of pair) {
    put(`master-master/${host}`, texts, pair.get(host.replace('2', '1')))
  }
  for (const [host, texts] of await textsOf('master-backup')) {
    put(`master-backup/${host}`, texts, pair.get(host))
  }
  return found

  function put(name: string, texts: Texts, base: Texts | undefined): void {
    for (const [path, text] of texts) {
      if (texts === base || base?.get(path) !== text) found.set(`${name}/${path}`, text)
    }
  }
}

async function textsOf(
  topology: Parameters<typeof sampleFiles>[0],
): Promise<ReadonlyMap<string, Texts>> {
  const hosts = [...(await sampleFiles(topology))].map(([host, files]) => {
    const texts = files.map(
      ({ path, content }) =>
        [path.slice(1), new TextDecoder().decode(content ?? undefined)] as const,
    )
    return [host, new Map([['files.txt', files.map(describe).join('')], ...texts])] as const
  })
  return new Map(hosts)
}

function describe({ path, mode, owner, group }: FileWrite): string {
  return `${formatMode(mode)} ${owner}:${group} ${path}\n`
}

function load(): Texts {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
  return new Map(paths.map((path) => [relative(folder, path), readFileSync(path, 'utf8')]))
}

function store(texts: Texts): void {
  rmSync(folder, { recursive: true, force: true })
  for (const [name, text] of texts) {
    const path = join(folder, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }
}

test.run()
