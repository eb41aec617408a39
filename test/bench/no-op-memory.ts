/**
 * Memory, descriptors and children of the runner over many runs that find nothing to do, on a real node.
 * Usage: node --import tsx test/bench/no-op-memory.ts [RUNS]; 10000 take about half an hour.
 */
import { buildSync } from 'esbuild'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createConfigRepo } from '../lab/config-repo.ts'
import { bootLab, installNodes } from '../lab/lab.ts'

const runs = process.argv[2] ?? '10000'
const lab = bootLab('--nodes', 'lb1,lb2,web1,git')
const repo = createConfigRepo(lab)
repo.push('The sample')
await installNodes(lab, ['lb1'], repo.url)
lab.exec('lb1', 'evenkeel', 'converge')

const folder = mkdtempSync(join(tmpdir(), 'evenkeel-bench-'))
const bundle = join(folder, 'no-op-runs.mjs')
const require =
  'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);'
buildSync({
  entryPoints: [join(import.meta.dirname, 'no-op-runs.ts')],
  outfile: bundle,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20.19',
  banner: { js: require },
  logLevel: 'error',
})
lab.push('lb1', bundle, '/root/no-op-runs.mjs')
rmSync(folder, { recursive: true })
const output = lab.start(
  'lb1',
  `UV_THREADPOOL_SIZE=1 /opt/evenkeel/bin/node /root/no-op-runs.mjs ${runs} >&2`,
)
await output.stop()
lab.down()
