import { Script } from 'node:vm'

/**
 * The time limit of a script also ends what it calls, wherever that hangs: in a loop, in a regular expression that
 * backtracks. It finds the call by this name, since it has no arguments.
 */
const name = 'evenkeel.limited'
const script = new Script(`globalThis[Symbol.for('${name}')]()`)
const symbol = Symbol.for(name)
const globals = globalThis as unknown as Record<symbol, unknown>

/**
 * Does what can be done again, and must come to its end: synchronous, and pure. The limit is one of CPU time: a
 * busy node must not fail what an idle one does. The engine only knows time that passes, so that an action which did
 * not get its CPU time is begun anew, with twice the patience. A call costs some 0.3 ms (measured).
 * @param limit milliseconds of CPU time of this process
 * @param refuse gives what is thrown when more is used
 */
export function limitCpu<T>(limit: number, action: () => T, refuse: () => Error): T {
  // More than the limit, or an action that has the CPU for itself would never reach it
  for (let patience = Math.ceil(limit * 1.2); ; patience *= 2) {
    const before = process.cpuUsage()
    try {
      return runFor(patience, action)
    } catch (error) {
      if (!isTimeout(error)) throw error
      const { user, system } = process.cpuUsage(before)
      if (user + system >= limit * 1000) throw refuse()
    }
  }
}

function runFor<T>(timeout: number, action: () => T): T {
  const outer = globals[symbol]
  globals[symbol] = action
  try {
    return script.runInThisContext({ timeout, displayErrors: false }) as T
  } finally {
    globals[symbol] = outer
  }
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT'
}
