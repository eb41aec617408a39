/**
 * Runs test files, each in a process of its own, and counts. uvu ends with 0 when a file has no test or
 * never calls `test.run()`: a file without a summary has failed here.
 */
import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { argv, exit, stdout } from 'node:process'

interface Outcome {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  readonly output: string
}

/** 25 min for one file: the longest cuts the power of real nodes again and again, which takes 10 of them. */
const fileTimeout = 25 * 60_000

const wanted = argv.slice(2).filter((word) => !word.startsWith('--'))
const withLab = !argv.includes('--no-lab')
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

// Two at a time, also of the nodes, which mostly wait: for a boot, a health gate, a check. The quick ones
// first, since they would wait for nodes that share their cores.
for (const queue of [quick, slow]) await Promise.all([work(queue), work(queue)])

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

function runFile(file: string): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = spawn('node', ['--import', 'tsx', file], { cwd: root, detached: true })
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
    const timer = setTimeout(() => {
      output += `\n${file} took longer than ${fileTimeout / 60_000} minutes\n`
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    }, fileTimeout)
    child.on('close', (code) => {
      clearTimeout(timer)
      resolve(outcomeOf(code, output))
    })
  })
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
