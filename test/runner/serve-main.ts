/** A runner for the node whose paths are given in JSON. */
import type { Paths } from '../../agent/paths.ts'
import { serveRuns } from '../../agent/runner/serve.ts'
import { createSystem } from '../../agent/system/create-system.ts'

const paths = JSON.parse(process.argv[2] ?? '') as Paths
await serveRuns({ paths, system: createSystem() })
