/**
 * Runs test files, each in a process of its own, and counts. uvu ends with 0 when a file has no test or
 * never calls `test.run()`: a file without a summary has failed here.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import { argv, env, exit, stdout } from 'node:process'

interface Ended {
  readonly code: number | null
  readonly output: string
}

interface Outcome {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  readonly output: string
}

/** 30 min for one file, which only one that hangs takes: on a busy machine the longest one needs 15. */
const fileTimeout = 30 * 60_000

/** 30 min for the images of a release: 2 min where nothing else goes on, and a busy machine or a slow mirror take many. */
const imageTimeout = 30 * 60_000

/** Milliseconds that a file has to clean up after it was told to end. */
const lastWords = 60_000

const wanted = argv.slice(2).filter((word) => !word.startsWith('--'))
const withLab = !argv.includes('--no-lab')
const withFreshImages = argv.includes('--fresh-images')
const root = join(import.meta.dirname, '..')
const files = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.ts'))
  .map((file) => relative(root, join(import.meta.dirname, file)))
  .filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)))
  .sort()
const isLab = (file: string): boolean => file.startsWith('test/lab/')
const quick = files.filter((file) => !isLab(file))
const slow = withLab ? files.filter(isLab) : []

const totals = { passed: 0, failed: 0, skipped: 0 }
const broken: string[] = []

/** Process groups that run at the moment. They must not go on without us. */
const running = new Set<number>()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    stdout.write(`ended by ${signal}\n`)
    totals.failed += 1
    for (const queue of [quick, slow]) queue.length = 0
    for (const group of running) signalGroup(group, 'SIGTERM')
  })
}
if (withFreshImages) {
  // 1.1 GB, which a /tmp in memory might not hold
  const folder = mkdtempSync('/var/tmp/evenkeel-images-')
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  env['EVENKEEL_LAB_CACHE'] = folder
}

// Two at a time, also of the nodes, which mostly wait: for a boot, a health gate, a check. The quick ones
// first, since they would wait for nodes that share their cores.
await Promise.all([work(quick), work(quick)])
if (slow.length > 0) await buildImages()
await Promise.all([work(slow), work(slow)])

if (broken.length > 0) stdout.write(`\nfailed: ${broken.join(', ')}\n`)
if (totals.passed + totals.failed === 0) {
  stdout.write('no test was run\n')
  totals.failed = 1
}
const skipped = totals.skipped > 0 ? `, ${totals.skipped} skipped` : ''
stdout.write(`${totals.passed} passed, ${totals.failed} failed${skipped}\n`)
exit(totals.failed > 0 ? 1 : 0)

async function work(queue: string[]): Promise<void> {
  for (let file = queue.shift(); file !== undefined; file = queue.shift()) await report(file)
}

async function report(file: string): Promise<void> {
  const start = performance.now()
  const outcome = await runFile(file)
  const seconds = ((performance.now() - start) / 1000).toFixed(1)
  totals.passed += outcome.passed
  totals.failed += outcome.failed
  totals.skipped += outcome.skipped
  const mark = outcome.failed > 0 ? 'FAIL' : 'ok  '
  stdout.write(`${mark} ${file}: ${outcome.passed} passed (${seconds} s)\n`)
  if (outcome.failed > 0) {
    broken.push(file)
    stdout.write(`${outcome.output}\n`)
  }
}

async function runFile(file: string): Promise<Outcome> {
  const { code, output } = await runGroup(['node', '--import', 'tsx', file], fileTimeout)
  return outcomeOf(code, output)
}

/** Once, and before the first file that needs them: a build takes minutes, and two files may need the same one. */
async function buildImages(): Promise<void> {
  const start = performance.now()
  const builds = ['bookworm', 'trixie'].map((release) =>
    runGroup(['test/lab/lab', 'image', release], imageTimeout),
  )
  const built = await Promise.all(builds)
  const seconds = ((performance.now() - start) / 1000).toFixed(1)
  stdout.write(`${built.map(({ output }) => output).join('')}images of the lab (${seconds} s)\n`)
  if (built.every(({ code }) => code === 0)) return
  stdout.write('without them, the files of the lab are not run\n')
  slow.length = 0
  totals.failed += 1
}

/** Runs a program in a process group of its own, which is ended when it takes too long. */
function runGroup([program = '', ...words]: readonly string[], timeout: number): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(program, words, { cwd: root, detached: true })
    const { pid } = child
    if (pid !== undefined) running.add(pid)
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
    const timer = setTimeout(() => {
      output += `\n${words.join(' ')} took longer than ${timeout / 60_000} minutes\n`
      if (pid === undefined) return
      // It removes the nodes that it has booted, if it still can
      signalGroup(pid, 'SIGTERM')
      killer = setTimeout(() => signalGroup(pid, 'SIGKILL'), lastWords)
    }, timeout)
    let killer: NodeJS.Timeout | undefined
    child.on('close', (code) => {
      clearTimeout(timer)
      clearTimeout(killer)
      if (pid !== undefined) running.delete(pid)
      resolve({ code, output })
    })
  })
}

function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal)
  } catch {
    // It has just ended
  }
}

function outcomeOf(code: number | null, output: string): Outcome {
  const number = (label: string): number =>
    Number(new RegExp(`^\\s*${label}:\\s+(\\d+)`, 'm').exec(output)?.[1] ?? 0)
  const total = number('Total')
  const passed = number('Passed')
  const skipped = number('Skipped')
  const failed = total - passed - skipped
  // A file that broke off before its summary, or that has no test, counts as one failed test.
  const isBroken = failed === 0 && (code !== 0 || total === 0)
  return { passed, failed: isBroken ? 1 : failed, skipped, output }
}
