import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createProgram } from './cli/program.ts'
import { CommitError, exitCodeOf, formatProblem } from './system/errors.ts'
import { nodePaths } from './system/paths.ts'
import { createSystem } from './system/create-system.ts'

// Both agent/main.ts and dist/evenkeel.mjs lie one folder below the program's own.
const programFolder = dirname(dirname(fileURLToPath(import.meta.url)))

try {
  const node = { paths: nodePaths(programFolder), system: createSystem() }
  process.exitCode = await createProgram(node)(process.argv)
} catch (error) {
  process.exitCode = exitCodeOf(error)
  process.stderr.write(`evenkeel: ${sentence(error)}\n`)
}

/** A known mistake is one sentence; an unknown one keeps its stack, which belongs in a bug report. */
function sentence(error: unknown): string {
  if (error instanceof CommitError) return error.problems.map(formatProblem).join('\n')
  if (!(error instanceof Error)) return String(error)
  return error.constructor === Error ? (error.stack ?? error.message) : error.message
}
