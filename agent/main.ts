import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createProgram } from './cli/program.ts'
import { controlSocket } from './daemon/control/message.ts'
import { vipsElsewhere } from './daemon/control/vips-elsewhere.ts'
import { askPeers } from './daemon/evidence/ask-peers.ts'
import { createSystem } from './system/create-system.ts'
import { CommitError, exitCodeOf, formatProblem } from './system/errors.ts'
import { nodePaths } from './system/paths.ts'
import { treeFiles } from './system/tree-files.ts'

// Both agent/main.ts and dist/evenkeel.mjs lie one folder below the program's own.
const programFolder = dirname(dirname(fileURLToPath(import.meta.url)))

try {
  const paths = nodePaths(programFolder)
  const node = {
    paths,
    system: createSystem(),
    tree: treeFiles,
    askPeers,
    vipsElsewhere: () => vipsElsewhere(controlSocket(paths)),
  }
  process.exitCode = await createProgram(node)(process.argv)
} catch (error) {
  process.stderr.write(`evenkeel: ${sentence(error)}\n`)
  // At once: what a verb has begun (a timer, a child, a socket) would keep a process that has failed alive
  process.exit(exitCodeOf(error))
}

/** A known mistake is one sentence; an unknown one keeps its stack, which belongs in a bug report. */
function sentence(error: unknown): string {
  if (error instanceof CommitError) return error.problems.map(formatProblem).join('\n')
  if (!(error instanceof Error)) return String(error)
  return error.constructor === Error ? (error.stack ?? error.message) : error.message
}
