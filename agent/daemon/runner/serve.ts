import type { Node, RunEnd } from '../../converge/run.ts'
import { UsageError } from '../../system/errors.ts'
import { fromSent } from './message.ts'
import type { RunnerMessage, RunnerOrder, SentRequest } from './message.ts'

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
  let hasten = new AbortController()
  process.on('message', (order: RunnerOrder) => {
    if (order.type === 'hasten') return hasten.abort()
    last = last.then(async () => {
      hasten = new AbortController()
      tell({ type: 'end', end: await (await loaded)(order.request, hasten.signal) })
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
  return (sent: SentRequest, hasten: AbortSignal): Promise<RunEnd> =>
    converge(fromSent(sent), warm, (event) => tell({ type: 'event', event }), hasten)
}

/** Nobody hears what is told once the channel is closed, and nothing depends on it. */
function tell(message: RunnerMessage): void {
  if (process.connected) process.send?.(message, () => {})
}
