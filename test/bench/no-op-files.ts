/**
 * What it costs to find 300 files in sync: milliseconds and CPU for observing all of them, and the longest that the event
 * loop had to wait meanwhile. Nothing else of a run is in it. Needs root, since the files are root's.
 *   node --import tsx test/bench/no-op-files.ts [ROUNDS]
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { observeAll } from '../../agent/plan/plan.ts'
import { kinds } from '../../agent/resources/index.ts'
import type { Resource } from '../../agent/roles/resource.ts'
import { createSystem } from '../../agent/system/create-system.ts'

const rounds = Number(process.argv[2] ?? 50)
const system = createSystem()
const folder = mkdtempSync(join(tmpdir(), 'evenkeel-no-op-'))
const copy = kinds.get('copy')
if (copy === undefined) throw new Error('there is no kind "copy"')
const resources: Resource[] = []
for (let number = 0; number < 300; number++) {
  // As deep as most of what a node has: /etc/systemd/system/haproxy.service.d/a.conf
  const inner = join(folder, 'etc', `part-${number % 20}.d`)
  mkdirSync(inner, { recursive: true })
  const dest = join(inner, `${number}.conf`)
  const content = `# ${number}\n`.repeat(300)
  const spec = copy.parse({ dest, content }, { file: 'x' })
  await system.writeFile(dest, {
    content: Buffer.from(content),
    mode: 0o644,
    owner: 'root',
    group: 'root',
  })
  resources.push({ kind: copy, spec, id: dest } as unknown as Resource)
}
const times: number[] = []
let before = process.cpuUsage()
const delay = monitorEventLoopDelay({ resolution: 1 })
for (let round = 0; round < rounds; round++) {
  if (round === 5) {
    delay.enable()
    before = process.cpuUsage()
  }
  const start = performance.now()
  const planned = await observeAll(resources, system)
  times.push(performance.now() - start)
  if (planned.some(({ changes }) => changes.length > 0)) throw new Error('something has drifted')
}
const { user, system: kernel } = process.cpuUsage(before)
rmSync(folder, { recursive: true })
const sorted = times.slice(5).sort((a, b) => a - b)
const at = (part: number): string => (sorted[Math.floor(part * sorted.length)] ?? 0).toFixed(1)
process.stdout.write(
  `300 files, ${sorted.length} rounds: median ${at(0.5)} ms, 90 % ${at(0.9)} ms, ` +
    `CPU ${((user + kernel) / 1000 / sorted.length).toFixed(1)} ms; ` +
    `event loop at most ${(delay.max / 1e6).toFixed(1)} ms\n`,
)
