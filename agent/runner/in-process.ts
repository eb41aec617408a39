import { converge } from '../converge.ts'
import type { Node } from '../converge.ts'
import type { Runner } from './runner.ts'

/** Runs in this very process. */
export function createInProcessRunner(node: Node): Runner {
  return {
    run: (request, on) => converge(request, node, on),
    stop: async () => {},
    pid: () => process.pid,
  }
}
