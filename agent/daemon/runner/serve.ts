import type { Request } from '../../converge/request.ts'
import type { Node, RunEnd } from '../../converge/run.ts'
import type { Listener, RunEvent } from '../../report/report.ts'
import { UsageError } from '../../system/errors.ts'

/** What the runner is told. `skipRemoteWait`: the current run is not to wait for the remote any longer. */
export type RunnerOrder =
  { readonly type: 'run'; readonly request: Request } | { readonly type: 'skipRemoteWait' }

/** What the runner says while it works: one `end` for each request. */
export type RunnerMessage =
  | { readonly type: 'event'; readonly event: RunEvent }
  | { readonly type: 'end'; readonly end: RunEnd }

/** Signals that are for whoever started us: systemd sends them to all processes of a unit. */
const notForUs = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR1'] as const

/**
 * The runner's own side: does one run for each request that arrives, until the channel closes. The run
 * that is in hand then still comes to its end.
 * @throws UsageError without a channel
 */
export async function serveRuns(node: Node): Promise<void> {
  if (process.send === undefined) {
    throw new UsageError('only the daemon starts this; "evenkeel converge" is one run')
  }
  for (const signal of notForUs) process.on(signal, () => {})
  const closed = new Promise<void>((resolve) => process.once('disconnect', () => resolve()))
  // Loaded while nobody waits for it yet
  const loaded = load(node)
  let last: Promise<void> = Promise.resolve()
  let remoteWait = new AbortController()
  process.on('message', (order: RunnerOrder) => {
    if (order.type === 'skipRemoteWait') return remoteWait.abort()
    last = last.then(async () => {
      remoteWait = new AbortController()
      tell({ type: 'end', end: await (await loaded)(order.request, remoteWait.signal) })
    })
  })
  await closed
  await last
}

/** What a run needs, and what it leaves for the next one. */
async function load(node: Node) {
  const [{ converge }, { createDesiredCache }] = await Promise.all([
    import('../../converge/converge.ts'),
    import('../../converge/desired-cache.ts'),
  ])
  const warm: Node = { ...node, cache: createDesiredCache() }
  const on: Listener = (event) => tell({ type: 'event', event })
  return (request: Request, skipRemoteWait: AbortSignal): Promise<RunEnd> =>
    converge(request, warm, { on, skipRemoteWait })
}

/** Nobody hears what is told once the channel is closed, and nothing depends on it. */
function tell(message: RunnerMessage): void {
  if (process.connected) process.send?.(message, () => {})
}
