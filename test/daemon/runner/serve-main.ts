/** A runner for the node whose paths are given in JSON. */
import { serveRuns } from '../../../agent/daemon/runner/serve.ts'
import { createSystem } from '../../../agent/system/create-system.ts'
import type { Paths } from '../../../agent/system/paths.ts'

const paths = JSON.parse(process.argv[2] ?? '') as Paths
await serveRuns({ paths, system: createSystem() })
