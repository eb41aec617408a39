/**
 * All files of each host of the sample, judged together by the real programs of Debian 12 and 13. What the
 * files should be says test/roles/golden.test.ts.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { FileWrite } from '../../agent/resources/kind.ts'
import { sampleFiles } from '../roles/sample-files.ts'
import { labTimeout } from './lab.ts'

const script = readFileSync(join(import.meta.dirname, 'check-tree.sh'), 'utf8')
/** Files whose programs are not in the lab's tool image (nginx), or that no program judges without effect. */
const unjudged = /^\/(etc\/nginx|etc\/sysctl\.d|srv\/www)\//

/** Nodes with the same files in both topologies are judged once. */
const seen = new Set<string>()
for (const topology of ['master-master', 'master-backup'] as const) {
  for (const [host, files] of await sampleFiles(topology)) {
    const content = JSON.stringify(files)
    if (seen.has(content)) continue
    seen.add(content)
    for (const release of ['bookworm', 'trixie']) {
      test(`${topology} ${host} on ${release}`, () => {
        const paths = files.map(({ path }) => path)
        const expected = paths.map((path) => `${unjudged.test(path) ? 'unjudged' : 'ok'} ${path}`)
        const said = judge(files, release).trimEnd().split('\n')
        assert.equal(
          said.filter((line) => !expected.includes(line)),
          [],
        )
        assert.equal(said, expected)
      })
    }
  }
}

test('there are six different nodes: the two load balancers change with the topology', () => {
  assert.is(seen.size, 6)
})

/** What check-tree.sh prints of a node with these files. */
function judge(files: readonly FileWrite[], release: string): string {
  const tree = mkdtempSync(join(tmpdir(), 'evenkeel-golden-'))
  try {
    for (const { path, content, mode } of files) {
      mkdirSync(dirname(join(tree, path)), { recursive: true })
      writeFileSync(join(tree, path), content ?? '', { mode })
    }
    const node = ['tool', release, '--tree', tree, '--dev', 'eth0', '--']
    const command = ['sh', '-c', script, 'check-tree', ...files.map(({ path }) => path)]
    const { status, stdout, stderr } = spawnSync(
      join(import.meta.dirname, 'lab'),
      [...node, ...command],
      { encoding: 'utf8', timeout: labTimeout },
    )
    // What the lab says of itself, such as that it builds an image, is no word of a validator
    if (status !== 0)
      throw new Error(`lab tool ${release} ended with ${status}\n${stderr}${stdout}`)
    return stdout
  } finally {
    rmSync(tree, { recursive: true })
  }
}

test.run()
